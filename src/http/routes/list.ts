import { z } from "zod";
import { ListAnswer } from "../../api/answer.ts";
import { type Cursor, cursorEncode } from "../../api/cursor.ts";
import { keyAfter, keyStartsWith, prefixRange } from "../../api/key-range.ts";
import type { KeyValue } from "../../api/key-value.ts";
import { PAGE_KEYS_DEFAULT } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { keyMetaToJson, keyValueToJson } from "../../api/readable.ts";
import type { RangeOp } from "../../state/command.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { read, unexpected } from "../outcome.ts";
import { Consistency, CursorText, Flag, Limit, MinRevision, Prefix, Revision } from "../parameters.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, READ_HEADERS } from "../schemas.ts";

const EMPTY = new Uint8Array();

export const listRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/kv",
    operationId: "list",
    summary: "List keys in order, in pages that are all read at one revision",
    params: IN_NAMESPACE,
    query: z.strictObject({
      prefix: Prefix.optional(),
      limit: Limit.optional(),
      cursor: CursorText.optional(),
      keys_only: Flag.optional(),
      consistency: Consistency.optional(),
      min_revision: MinRevision.optional(),
      revision: Revision.optional(),
    }),
    headers: z.object({}),
    responses: {
      200: {
        description: "One page of keys",
        headers: READ_HEADERS,
        content: { "application/json": { schema: ListAnswer } },
      },
    },
    problems: ["compacted", "future-revision", "too-large", "no-quorum"],
  },
  async ({ context, params, query }, deps) => {
    const { cursor, prefix = cursor?.prefix ?? EMPTY, keys_only: keysOnly = false, limit = PAGE_KEYS_DEFAULT } = query;
    const revisionAsked = query.revision ?? cursor?.revision;
    if (cursor !== undefined) cursorMustFit(cursor, prefix, query.revision);
    const range = { ...rangeFrom(prefix, cursor), limit, keysOnly, uncounted: true };
    const answer = await read(coordinatorOf(context, deps, params.ns), {
      query: revisionAsked === undefined ? range : { ...range, revision: revisionAsked },
      consistency: query.consistency ?? "linearizable",
      minRevision: query.min_revision,
    });
    if (answer.result.kind !== "range") throw unexpected(answer.result);
    const { kvs, more } = answer.result;
    const revision = revisionAsked ?? answer.result.revision;
    const last = kvs.at(-1);
    return jsonResponse(
      {
        revision,
        keys: kvs.map((kv: KeyValue) => (keysOnly ? keyMetaToJson(kv) : keyValueToJson(kv))),
        ...(more && last !== undefined ? { cursor: cursorEncode({ revision, prefix, after: last.key }) } : {}),
      },
      answer.headers,
    );
  },
);

function rangeFrom(prefix: Uint8Array, cursor: Cursor | undefined): RangeOp {
  const range = prefixRange(prefix);
  return { kind: "range", key: cursor === undefined ? range.key : keyAfter(cursor.after), end: range.end };
}

/** A cursor goes with the prefix and the revision that it was made for. */
function cursorMustFit(cursor: Cursor, prefix: Uint8Array, revision: number | undefined): void {
  const samePrefix = prefix.length === cursor.prefix.length && keyStartsWith(prefix, cursor.prefix);
  const sameRevision = revision === undefined || revision === cursor.revision;
  if (samePrefix && sameRevision && keyStartsWith(cursor.after, prefix)) return;
  throw new ProblemError("invalid-request", "query cursor: it belongs to another list", { parameter: "cursor" });
}
