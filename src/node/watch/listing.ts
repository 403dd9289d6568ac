import type { KeyValue, Revision } from "../../api/key-value.ts";
import { watchFrameEvents, watchFrameReset } from "../../api/watch-frame.ts";
import type { WatchQuery } from "../../api/watch-query.ts";
import type { WatchCursor } from "./watch-cursor.ts";
import type { WatchLimits } from "./watch-limits.ts";
import type { WatchSource } from "./watch-source.ts";

/** Keys read at a time, and where those are too large together. */
const KEYS_MAX = 64;
const LARGE_KEYS_MAX = 8;

type Listing = NonNullable<WatchCursor["listing"]>;

/** A frame of a listing, and where the watch goes on after it. */
export interface ListingPage {
  readonly text: string;
  readonly cursor: WatchCursor;
}

/** Begins a listing for a watch that compaction overtook at `next`: all keys as they are now. */
export function resetPage(source: WatchSource, request: WatchQuery, next: Revision): ListingPage {
  const { revision, compactRevision } = source;
  const listing = { revision, from: request.key };
  const hasKeys = keysFrom(source, request, listing, 1)?.kvs.length !== 0;
  const text = watchFrameReset(revision, compactRevision, hasKeys);
  return { text, cursor: hasKeys ? { next, listing } : { next: revision + 1 } };
}

/** The next keys of a listing, as puts at its revision; undefined when that revision is compacted. */
export function listingPage(
  source: WatchSource,
  request: WatchQuery,
  { next, listing }: { readonly next: Revision; readonly listing: Listing },
  { pageBytesMax }: WatchLimits,
): ListingPage | undefined {
  const found = keysFrom(source, request, listing, KEYS_MAX);
  if (found === undefined) return undefined;
  const kvs = fitting(found.kvs, pageBytesMax);
  const last = kvs.at(-1);
  const isPart = last !== undefined && (found.more || kvs.length < found.kvs.length);
  const events = kvs.map((kv) => ({ kind: "put", kv }) as const);
  return {
    text: watchFrameEvents(events, listing.revision, isPart),
    cursor: isPart
      ? { next, listing: { revision: listing.revision, from: keyAfter(last.key) } }
      : { next: listing.revision + 1 },
  };
}

/** Of a single key there is one at most. undefined: the listing's revision is compacted. */
function keysFrom(source: WatchSource, { end }: WatchQuery, { revision, from }: Listing, limit: number) {
  const range = { kind: "range", key: from, ...(end === undefined ? {} : { end }), revision, uncounted: true } as const;
  const found = source.query({ ...range, limit });
  if (found.kind === "range") return found;
  if (found.kind !== "refused" || found.why !== "answer-too-large") return undefined;
  const fewer = source.query({ ...range, limit: LARGE_KEYS_MAX });
  return fewer.kind === "range" ? fewer : undefined;
}

/** As many as go into one frame, and at least one. */
function fitting(kvs: readonly KeyValue[], bytesMax: number): readonly KeyValue[] {
  let bytes = 0;
  const over = kvs.findIndex(({ key, value }, index) => {
    bytes += key.length + value.length;
    return index > 0 && bytes > bytesMax;
  });
  return over < 0 ? kvs : kvs.slice(0, over);
}

/** The least key above `key`. */
function keyAfter(key: Uint8Array): Uint8Array {
  const after = new Uint8Array(key.length + 1);
  after.set(key);
  return after;
}
