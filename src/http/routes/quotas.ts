import { z } from "zod";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { QuotasAnswer, QuotasJson } from "../../api/quota-json.ts";
import type { Quotas, Usage } from "../../state/quota.ts";
import { bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { read, unexpected, write } from "../outcome.ts";
import { Consistency, MinRevision } from "../parameters.ts";
import { route } from "../route.ts";
import {
  IN_NAMESPACE,
  JSON_WRITE_PROBLEMS,
  NONE,
  READ_HEADERS,
  READ_PROBLEMS,
  WRITE_HEADERS,
  WRITTEN_HEADERS,
} from "../schemas.ts";

export const quotasGetRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/quotas",
    operationId: "quotas",
    summary: "Tell what the namespace holds, and what it may hold and write",
    params: IN_NAMESPACE,
    query: z.strictObject({ consistency: Consistency.optional(), min_revision: MinRevision.optional() }),
    headers: z.object({}),
    responses: {
      200: {
        description: "Usage and quotas",
        headers: READ_HEADERS,
        content: { "application/json": { schema: QuotasAnswer } },
      },
    },
    problems: [...READ_PROBLEMS],
  },
  async ({ context, params, query }, deps) => {
    const { consistency = "linearizable", min_revision: minRevision } = query;
    const coordinator = coordinatorOf(context, deps, params.ns);
    const { result, headers } = await read(coordinator, { query: { kind: "usage" }, consistency, minRevision });
    if (result.kind !== "usage") throw unexpected(result);
    const { revision, usage, quotas } = result;
    return jsonResponse({ revision, usage: usageToJson(usage), quotas: quotasToJson(quotas ?? {}) }, headers);
  },
);

export const quotasPutRoute = route(
  {
    method: "put",
    path: "/v1/{ns}/quotas",
    operationId: "setQuotas",
    summary: "Say what the namespace may hold and write; what is not named is not limited from then on",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: { required: true, content: { "application/json": { schema: QuotasJson } } },
    responses: {
      200: {
        description: "They hold. What the namespace holds already stays, even where that is more",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: z.object({ revision: z.int(), quotas: QuotasJson }) } },
      },
    },
    problems: [...JSON_WRITE_PROBLEMS],
  },
  async ({ context, request, params, headers }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    const quotas = quotasFromJson(await bodyJson(request, QuotasJson, CONFIG_BYTES_MAX));
    const answer = await write(coordinator, {
      op: { kind: "quota", quotas },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    if (answer.result.kind !== "quota") throw unexpected(answer.result);
    return jsonResponse({ revision: answer.result.revision, quotas: quotasToJson(quotas) }, answer.headers);
  },
);

function usageToJson({ historyBytes: history_bytes, ...usage }: Usage) {
  return { ...usage, history_bytes };
}

function quotasToJson({ historyBytes, writesPerSecond, ...quotas }: Quotas): z.infer<typeof QuotasJson> {
  return {
    ...quotas,
    ...(historyBytes === undefined ? {} : { history_bytes: historyBytes }),
    ...(writesPerSecond === undefined ? {} : { writes_per_second: writesPerSecond }),
  };
}

function quotasFromJson(json: z.infer<typeof QuotasJson>): Quotas {
  const { keys, bytes, history_bytes: historyBytes, leases, writes_per_second: writesPerSecond } = json;
  const all = { keys, bytes, historyBytes, leases, writesPerSecond };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
