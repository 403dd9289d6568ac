import { z } from "zod";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import type { DevNetwork } from "../../network/dev-network.ts";
import { REGIONS } from "../../network/region.ts";
import { bodyJson } from "../body.ts";
import type { AppDeps, DevTools } from "../deps.ts";
import { jsonResponse } from "../json.ts";
import { route } from "../route.ts";
import { NONE } from "../schemas.ts";

const Region = z.enum(REGIONS);
const fraction = z.number().min(0).max(1);

export const DevNetworkJson = z
  .strictObject({
    wan: z.boolean().optional().meta({ description: "Delay each message by half the regions' round-trip time" }),
    down: z.array(Region).optional().meta({ description: "Regions that neither send nor receive" }),
    partitions: z.array(z.array(Region)).optional().meta({
      description: "Groups that hear only each other; regions in none form one more group",
    }),
    cut: z
      .array(z.tuple([Region, Region]))
      .optional()
      .meta({
        description: "Pairs of regions that do not hear each other",
      }),
    drop: fraction.optional().meta({ description: "Probability that a message is lost" }),
    jitter: fraction.optional().meta({ description: "Each delay varies by up to this fraction" }),
  })
  .refine(({ partitions = [] }) => new Set(partitions.flat()).size === partitions.flat().length, {
    path: ["partitions"],
    message: "a region can be in one group only",
  })
  .meta({ id: "DevNetwork", description: "The simulated network of the development server" });

const answer = { description: "The network as it is now", content: { "application/json": { schema: DevNetworkJson } } };

export const devNetworkGetRoute = route(
  {
    method: "get",
    path: "/dev/network",
    operationId: "devNetworkGet",
    summary: "Read the simulated network (development server only)",
    params: NONE,
    query: NONE,
    headers: z.object({}),
    responses: { 200: answer },
    problems: ["not-found"],
  },
  (_call, deps) => jsonResponse(devTools(deps).networkGet()),
);

export const devNetworkPutRoute = route(
  {
    method: "put",
    path: "/dev/network",
    operationId: "devNetworkPut",
    summary: "Replace the simulated network; {} heals it (development server only)",
    params: NONE,
    query: NONE,
    headers: z.object({}),
    body: { required: true, content: { "application/json": { schema: DevNetworkJson } } },
    responses: { 200: answer },
    problems: ["not-found", "too-large", "unsupported-media-type"],
  },
  async ({ request }, deps) => {
    const tools = devTools(deps);
    const network: DevNetwork = await bodyJson(request, DevNetworkJson, CONFIG_BYTES_MAX);
    tools.networkSet(network);
    return jsonResponse(tools.networkGet());
  },
);

function devTools(deps: AppDeps): DevTools {
  if (deps.dev !== undefined) return deps.dev;
  throw new ProblemError("not-found", "only the development server has this");
}
