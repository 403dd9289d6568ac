import { z } from "zod";
import { REGIONS } from "../../network/region.ts";
import { callerRegion } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { route } from "../route.ts";
import { NONE } from "../schemas.ts";

export const DashboardSession = z
  .object({
    development: z.boolean().meta({ description: "Whether this server simulates a network (`/dev/network`)" }),
    region: z.enum(REGIONS).meta({ description: "Where the caller is" }),
  })
  .meta({ id: "DashboardSession", description: "What the dashboard has to know before it shows anything" });

export const dashboardSessionRoute = route(
  {
    method: "get",
    path: "/dashboard/session",
    operationId: "dashboardSession",
    summary: "What the dashboard has to know of its server and its user",
    params: NONE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: { description: "The session", content: { "application/json": { schema: DashboardSession } } },
    },
    problems: [],
  },
  ({ request }, deps) => {
    const answer = { development: deps.dev !== undefined, region: callerRegion(request, deps) };
    return jsonResponse(answer satisfies z.infer<typeof DashboardSession>);
  },
);
