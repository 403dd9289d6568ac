import { z } from "zod";
import { ListAnswer } from "../../api/answer.ts";
import { type Cursor, cursorEncode } from "../../api/cursor.ts";
import { keyAfter, keyStartsWith, prefixRange } from "../../api/key-range.ts";
import type { KeyValue, Revision as StoreRevision } from "../../api/key-value.ts";
import { PAGE_BYTES_MAX, PAGE_KEYS_DEFAULT } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { keyMetaToJson, keyToJson, keyValueToJson } from "../../api/readable.ts";
import type { RangeOp } from "../../state/command.ts";
import type { ChildrenQuery, QueryResult } from "../../state/queries.ts";
import { coordinatorOf } from "../caller.ts";
import { etagsName, notModified } from "../etag.ts";
import { jsonResponse } from "../json.ts";
import { listEtag } from "../list-etag.ts";
import { type Answer, read, unexpected } from "../outcome.ts";
import {
  Consistency,
  CursorText,
  Delimiter,
  Etags,
  Flag,
  Limit,
  MinRevision,
  Prefix,
  Revision,
} from "../parameters.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, LIST_ETAG_HEADER, READ_HEADERS, READ_PROBLEMS } from "../schemas.ts";

const EMPTY = new Uint8Array();

const ListQuery = z.strictObject({
  prefix: Prefix.optional(),
  delimiter: Delimiter.optional(),
  limit: Limit.optional(),
  cursor: CursorText.optional(),
  keys_only: Flag.optional(),
  consistency: Consistency.optional(),
  min_revision: MinRevision.optional(),
  revision: Revision.optional(),
});

export const listRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/kv",
    operationId: "list",
    summary: "List keys in order, in pages that are all read at one revision; with delimiter, as folders are listed",
    params: IN_NAMESPACE,
    query: ListQuery,
    headers: z.object({ "if-none-match": Etags.optional() }),
    responses: {
      200: {
        description: "One page of keys",
        headers: { ...READ_HEADERS, ...LIST_ETAG_HEADER },
        content: { "application/json": { schema: ListAnswer } },
      },
      304: { description: "The page is as it was", headers: { ...READ_HEADERS, ...LIST_ETAG_HEADER } },
    },
    problems: [...READ_PROBLEMS, "compacted", "too-large"],
  },
  async ({ context, params, query, headers }, deps) => {
    const { cursor, prefix = cursor?.prefix ?? EMPTY } = query;
    if (cursor !== undefined) cursorMustFit(cursor, prefix, query.revision);
    const answer = await read(coordinatorOf(context, deps, params.ns), {
      query: listQuery(query, prefix),
      consistency: query.consistency ?? "linearizable",
      minRevision: query.min_revision,
    });
    const page = pageOf(answer, query.revision ?? cursor?.revision);
    const { kvs, prefixes, revision, after } = page;
    const keysOnly = query.keys_only === true;
    const etag = listEtag(kvs, [keysOnly, after !== undefined, ...(prefixes ?? [])]);
    // `no-cache`: kept, and asked about each time.
    const tagged = { "cache-control": "private, no-cache", ...answer.headers, etag };
    const known = headers["if-none-match"];
    if (known !== undefined && etagsName(known, etag)) return notModified(jsonResponse(null, tagged));
    const body = {
      revision,
      keys: kvs.map((kv) => (keysOnly ? keyMetaToJson(kv) : keyValueToJson(kv))),
      ...(prefixes === undefined ? {} : { prefixes: prefixes.map(prefixToJson) }),
      ...(after === undefined ? {} : { cursor: cursorEncode({ revision, prefix, after }) }),
    };
    return jsonResponse(body, tagged);
  },
);

function listQuery(query: z.output<typeof ListQuery>, prefix: Uint8Array): RangeOp | ChildrenQuery {
  const { cursor, delimiter, limit = PAGE_KEYS_DEFAULT, keys_only: keysOnly = false } = query;
  const asked = query.revision ?? cursor?.revision;
  const at = asked === undefined ? {} : { revision: asked };
  if (delimiter !== undefined) {
    const after = cursor === undefined ? {} : { after: cursor.after };
    return { kind: "children", prefix, delimiter, limit, keysOnly, ...after, ...at };
  }
  const { key, end } = prefixRange(prefix);
  const from = cursor === undefined ? key : keyAfter(cursor.after);
  return { kind: "range", key: from, end, limit, keysOnly, uncounted: true, pageBytes: PAGE_BYTES_MAX, ...at };
}

interface Page {
  readonly revision: StoreRevision;
  readonly kvs: readonly KeyValue[];
  readonly prefixes: readonly Uint8Array[] | undefined;
  /** The last of this page, when there are more. */
  readonly after: Uint8Array | undefined;
}

function pageOf({ result }: Answer<QueryResult>, asked: StoreRevision | undefined): Page {
  const revision = asked ?? result.revision;
  if (result.kind === "children") return { revision, kvs: result.kvs, prefixes: result.prefixes, after: result.more };
  if (result.kind !== "range") throw unexpected(result);
  return { revision, kvs: result.kvs, prefixes: undefined, after: result.more ? result.kvs.at(-1)?.key : undefined };
}

function prefixToJson(bytes: Uint8Array) {
  const { key: prefix, key_encoding: encoding } = keyToJson(bytes);
  return encoding === undefined ? { prefix } : { prefix, prefix_encoding: encoding };
}

/** A cursor goes with the prefix and the revision that it was made for. */
function cursorMustFit(cursor: Cursor, prefix: Uint8Array, revision: number | undefined): void {
  const samePrefix = prefix.length === cursor.prefix.length && keyStartsWith(prefix, cursor.prefix);
  const sameRevision = revision === undefined || revision === cursor.revision;
  if (samePrefix && sameRevision && keyStartsWith(cursor.after, prefix)) return;
  throw new ProblemError("invalid-request", "query cursor: it belongs to another list", { parameter: "cursor" });
}
