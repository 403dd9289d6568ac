import { z } from "zod";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { StrategyAnswer } from "../../api/release-answer.ts";
import { Name, Strategy } from "../../api/strategy.ts";
import { documentPut, STRATEGIES, strategyOf } from "../../rollout/documents.ts";
import { PRESETS, presetOf } from "../../rollout/presets.ts";
import { systemKey, systemPath } from "../../state/system-space.ts";
import { bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { unexpected, write } from "../outcome.ts";
import { asReader } from "../releases/asker.ts";
import { documentsLoad, keyLoad } from "../releases/load.ts";
import { strategyCheck } from "../releases/make.ts";
import { route } from "../route.ts";
import {
  IN_NAMESPACE,
  JSON_WRITE_PROBLEMS,
  NONE,
  READ_HEADERS,
  READ_PROBLEMS,
  WRITE_HEADERS,
  WRITE_PROBLEMS,
  WRITTEN_HEADERS,
} from "../schemas.ts";

const ONE = IN_NAMESPACE.extend({ name: Name.meta({ description: "The strategy's name" }) });
const WRITTEN = z.object({ revision: z.int(), name: z.string() });
const written = {
  description: "It is so",
  headers: WRITTEN_HEADERS,
  content: { "application/json": { schema: WRITTEN } },
};

export const strategyPutRoute = route(
  {
    method: "put",
    path: "/v1/{ns}/strategies/{name}",
    operationId: "strategyPut",
    summary: "Keep a strategy under a name; releases in progress keep the one that they were made with",
    params: ONE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: { required: true, content: { "application/json": { schema: Strategy } } },
    responses: { 200: written },
    problems: JSON_WRITE_PROBLEMS,
  },
  async ({ context, request, params, headers }, deps) => {
    if (presetOf(params.name) !== undefined) {
      throw new ProblemError("invalid-request", `path name: ${params.name} is a preset`, { parameter: "name" });
    }
    const strategy = await bodyJson(request, Strategy, CONFIG_BYTES_MAX);
    strategyCheck(strategy);
    const answer = await write(coordinatorOf(context, deps, params.ns), {
      op: documentPut(systemKey(`${STRATEGIES}${params.name}`), strategy),
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    return jsonResponse({ revision: answer.result.revision, name: params.name }, answer.headers);
  },
);

export const strategyGetRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/strategies/{name}",
    operationId: "strategyGet",
    summary: "Read a strategy, a preset too",
    params: ONE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "The strategy",
        headers: READ_HEADERS,
        content: { "application/json": { schema: StrategyAnswer } },
      },
    },
    problems: [...READ_PROBLEMS, "not-found"],
  },
  async ({ context, params }, deps) => {
    const { name, ns } = params;
    const { value, headers } = await keyLoad(
      asReader(coordinatorOf(context, deps, ns)),
      systemKey(`${STRATEGIES}${name}`),
    );
    const own = value === undefined ? undefined : strategyOf(value);
    const strategy = own ?? presetOf(name);
    if (strategy === undefined) throw new ProblemError("not-found", `there is no strategy ${name}`, {}, headers);
    return jsonResponse(answerOf(name, strategy, own === undefined ? 0 : (value?.modRevision ?? 0)), headers);
  },
);

export const strategyListRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/strategies",
    operationId: "strategyList",
    summary: "List the strategies: the namespace's own, and the presets",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "All of them",
        headers: READ_HEADERS,
        content: {
          "application/json": { schema: z.object({ revision: z.int(), strategies: z.array(StrategyAnswer) }) },
        },
      },
    },
    problems: READ_PROBLEMS,
  },
  async ({ context, params }, deps) => {
    const { value, headers } = await documentsLoad(asReader(coordinatorOf(context, deps, params.ns)), STRATEGIES);
    const own = value.flatMap((kv) => {
      const strategy = strategyOf(kv);
      return strategy === undefined
        ? []
        : [answerOf(systemPath(kv.key).slice(STRATEGIES.length), strategy, kv.modRevision)];
    });
    const presets = Object.entries(PRESETS).map(([name, strategy]) => answerOf(name, strategy, 0));
    return jsonResponse({ revision: Number(headers["synod-revision"]), strategies: [...own, ...presets] }, headers);
  },
);

export const strategyDeleteRoute = route(
  {
    method: "delete",
    path: "/v1/{ns}/strategies/{name}",
    operationId: "strategyDelete",
    summary: "Forget a strategy; that there was none is no error",
    params: ONE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    responses: { 200: written },
    problems: WRITE_PROBLEMS,
  },
  async ({ context, params, headers }, deps) => {
    const answer = await write(coordinatorOf(context, deps, params.ns), {
      op: { kind: "delete", key: systemKey(`${STRATEGIES}${params.name}`) },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    if (answer.result.kind !== "delete" && answer.result.kind !== "applied-before") throw unexpected(answer.result);
    return jsonResponse({ revision: answer.result.revision, name: params.name }, answer.headers);
  },
);

function answerOf(name: string, strategy: Strategy, revision: number) {
  return { name, preset: revision === 0, mod_revision: revision, ...strategy };
}
