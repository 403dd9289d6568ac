import { z } from "zod";
import { base64urlEncode } from "./base64.ts";
import { Base64urlField } from "./base64url-field.ts";
import type { Revision } from "./key-value.ts";

/** What a watcher wants: one key, or the half-open interval [key, end) as in a range. */
export interface WatchQuery {
  readonly key: Uint8Array;
  readonly end?: Uint8Array | undefined;
  /** The first revision to tell of; absent: what comes after now. */
  readonly from?: Revision | undefined;
  readonly prevKv?: boolean | undefined;
  readonly noPut?: boolean | undefined;
  readonly noDelete?: boolean | undefined;
  readonly progress?: boolean | undefined;
  /** Go on with a `reset` and all keys, where compaction would end the watch. */
  readonly resync?: boolean | undefined;
  /** Tell of every transition of a release too, in order with the changes of keys. Not with `resync`. */
  readonly releases?: boolean | undefined;
}

/** A watch of nothing, since no key is empty: a socket that begins without one, and is sent `create` messages. */
export const WATCH_NONE: WatchQuery = { key: new Uint8Array() };

const flag = z.literal("1").transform(() => true);

const Parameters = z.strictObject({
  key: Base64urlField,
  end: Base64urlField.optional(),
  from: z
    .string()
    .regex(/^[1-9]\d{0,15}$/)
    .transform(Number)
    .optional(),
  prev_kv: flag.optional(),
  no_put: flag.optional(),
  no_delete: flag.optional(),
  progress: flag.optional(),
  resync: flag.optional(),
  releases: flag.optional(),
});

/** The watch as the query string between a Worker and a learner. */
export function watchRequestToQuery(request: WatchQuery): URLSearchParams {
  const query = new URLSearchParams({ key: base64urlEncode(request.key) });
  if (request.end !== undefined) query.set("end", base64urlEncode(request.end));
  if (request.from !== undefined) query.set("from", `${request.from}`);
  if (request.prevKv === true) query.set("prev_kv", "1");
  if (request.noPut === true) query.set("no_put", "1");
  if (request.noDelete === true) query.set("no_delete", "1");
  if (request.progress === true) query.set("progress", "1");
  if (request.resync === true) query.set("resync", "1");
  if (request.releases === true) query.set("releases", "1");
  return query;
}

/** The inverse of `watchRequestToQuery`; undefined for anything that it does not make. */
export function watchRequestFromQuery(query: URLSearchParams): WatchQuery | undefined {
  const parsed = Parameters.safeParse(Object.fromEntries(query)).data;
  if (parsed === undefined) return undefined;
  const { prev_kv: prevKv, no_put: noPut, no_delete: noDelete, ...rest } = parsed;
  return { ...rest, prevKv, noPut, noDelete };
}
