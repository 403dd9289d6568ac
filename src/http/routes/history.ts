import { z } from "zod";
import { CompactAnswer } from "../../api/answer.ts";
import { CONFIG_BYTES_MAX, PAGE_KEYS_DEFAULT } from "../../api/limits.ts";
import { HistoryAnswer } from "../../api/txn-json.ts";
import { bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { read, unexpected, write } from "../outcome.ts";
import { Before, Consistency, Key, Limit, MinRevision } from "../parameters.ts";
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
import { versionToJson } from "../txn-answer.ts";

export const historyRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/history/{key}",
    operationId: "history",
    summary: "List the versions of a key that are still kept, the newest first; a key that never was has none",
    params: IN_NAMESPACE.extend({ key: Key }),
    query: z.strictObject({
      limit: Limit.meta({ description: "Versions in one page" }).optional(),
      before: Before.optional(),
      consistency: Consistency.optional(),
      min_revision: MinRevision.optional(),
    }),
    headers: z.object({}),
    responses: {
      200: {
        description: "One page of versions",
        headers: READ_HEADERS,
        content: { "application/json": { schema: HistoryAnswer } },
      },
    },
    problems: [...READ_PROBLEMS, "too-large"],
  },
  async ({ context, params, query }, deps) => {
    const { limit = PAGE_KEYS_DEFAULT, before, consistency = "linearizable", min_revision: minRevision } = query;
    const answer = await read(coordinatorOf(context, deps, params.ns), {
      query: { kind: "history", key: params.key, limit, ...(before === undefined ? {} : { before }) },
      consistency,
      minRevision,
    });
    if (answer.result.kind !== "history") throw unexpected(answer.result);
    const { revision, versions, more } = answer.result;
    const last = versions.at(-1)?.kv.modRevision;
    const next = more && last !== undefined ? { before: last } : {};
    return jsonResponse({ revision, versions: versions.map(versionToJson), ...next }, answer.headers);
  },
);

const CompactJson = z.strictObject({
  revision: z.int().positive().meta({ description: "The oldest revision that can be read and watched from then on" }),
});

export const compactRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/compact",
    operationId: "compact",
    summary: "Forget the history below a revision; the keys stay as they are",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: { required: true, content: { "application/json": { schema: CompactJson } } },
    responses: {
      200: {
        description: "It is forgotten",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: CompactAnswer } },
      },
    },
    problems: [...JSON_WRITE_PROBLEMS, "compacted", "future-revision"],
  },
  async ({ context, request, params, headers }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    const { revision } = await bodyJson(request, CompactJson, CONFIG_BYTES_MAX);
    const answer = await write(coordinator, {
      op: { kind: "compact", revision },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    if (answer.result.kind !== "compact") throw unexpected(answer.result);
    return jsonResponse({ revision: answer.result.revision }, answer.headers);
  },
);
