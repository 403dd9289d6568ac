import type { KeyValue, Revision, WatchEvent } from "../../api/key-value.ts";
import { watchFrameEvents } from "../../api/watch-frame.ts";
import type { WatchQuery } from "../../api/watch-query.ts";
import type { AppliedEvents } from "./applied-events.ts";
import { eventBytes } from "./event-bytes.ts";
import { frameOf } from "./frame.ts";
import type { FrameCache } from "./frame-cache.ts";
import { type ListingPage, listingPage, resetPage } from "./listing.ts";
import { releasesApart } from "./release-news.ts";
import type { WatchCursor } from "./watch-cursor.ts";
import type { WatchLimits } from "./watch-limits.ts";
import type { ToldPage, WatchPage } from "./watch-page.ts";
import { watchWants } from "./watch-selector.ts";
import type { WatchSource } from "./watch-source.ts";

/** A watch, as far as it matters for what it is told. */
export interface Watching {
  readonly request: WatchQuery;
  readonly selector: string;
  /** The key as a byte string, when it is a single one. */
  readonly point: string | undefined;
  readonly cursor: WatchCursor;
}

/** Makes the pages of watches, each once for all the watches that want the same from the same cursor on. */
export class WatchPages {
  readonly #source: () => WatchSource;
  readonly #limits: WatchLimits;
  readonly #cache: FrameCache;

  constructor(source: () => WatchSource, limits: WatchLimits, cache: FrameCache) {
    this.#source = source;
    this.#limits = limits;
    this.#cache = cache;
  }

  /** For a watch that has been told everything below its cursor, which is in one of the revisions just applied. */
  applied({ request, selector, point, cursor }: Watching, applied: AppliedEvents): WatchPage {
    const { revision } = this.#source();
    const events = point === undefined ? applied.all : applied.of(point);
    // Most watches want nothing of most entries, and there may be thousands of them.
    if (!events.some((event) => watchWants(request, event))) return { kind: "page", cursor: { next: revision + 1 } };
    return this.#cache.page(`${selector}@${cursor.next}`, () => {
      const due = events.filter(({ kv }) => kv.modRevision >= cursor.next);
      const packed = this.#pack(request, cursor, due, { next: revision + 1 });
      // Without positions a revision can not be split.
      return packed.cursor.position === undefined ? packed : { kind: "history" };
    });
  }

  /** For a watch that is behind: from history, at most a page. */
  history({ request, selector, cursor }: Watching): WatchPage {
    const { next, position = 0, listing } = cursor;
    if (listing !== undefined) return this.#listing(request, cursor);
    return this.#cache.page(`${selector}@${next}.${position}`, () => {
      const { key, end, releases } = request;
      // Releases stand apart from all keys: both are found among all events.
      const range = releases === true ? {} : { key, ...(end === undefined ? {} : { end }) };
      const filter = { ...range, position, split: true };
      const { pageEventsMax, pageBytesMax } = this.#limits;
      const page = this.#source().events(next, this.#source().revision, pageEventsMax, pageBytesMax, filter);
      if (!("kind" in page)) return this.#pack(request, cursor, page.events, cursorOf(page), page.positions);
      return request.resync === true ? this.#told(resetPage(this.#source(), request, next)) : { kind: "compacted" };
    });
  }

  #listing(request: WatchQuery, { next, listing }: WatchCursor): WatchPage {
    const page = listing && listingPage(this.#source(), request, { next, listing }, this.#limits);
    // A compaction above the listing's revision: it begins anew, at a newer one.
    return this.#told(page ?? resetPage(this.#source(), request, next));
  }

  #told({ text, cursor }: ListingPage): WatchPage {
    return { kind: "page", frame: frameOf(text), cursor };
  }

  /** One frame: as many whole revisions as it takes, or a part of one; `end` is where to go on if it takes all. */
  #pack(
    request: WatchQuery,
    begin: WatchCursor,
    events: readonly WatchEvent[],
    end: WatchCursor,
    positions: readonly number[] = [],
  ): ToldPage {
    const packed: WatchEvent[] = [];
    let [bytes, whole] = [0, 0];
    for (const [index, event] of events.entries()) {
      const revision = event.kv.modRevision;
      // What is told in parts has frames of its own.
      if (begin.position !== undefined && revision > begin.next) return framed(packed, { next: begin.next + 1 }, true);
      if (!watchWants(request, event)) continue;
      if (packed.at(-1)?.kv.modRevision !== revision) whole = packed.length;
      const told = request.prevKv === true ? withPrevious(this.#source(), event) : event;
      bytes += eventBytes(told);
      if (packed.length > 0 && bytes > this.#limits.pageBytesMax) {
        if (whole > 0) return framed(packed.slice(0, whole), { next: revision });
        return framed(packed, { next: revision, position: positions[index] ?? 0 });
      }
      packed.push(told);
    }
    const isPartDone = begin.position !== undefined && end.next > begin.next;
    return framed(packed, isPartDone ? { next: begin.next + 1 } : end, isPartDone);
  }
}

function cursorOf({ next, position }: { readonly next: Revision; readonly position: number }): WatchCursor {
  return position === 0 ? { next } : { next, position };
}

/** The last frame of a revision that was told in parts is sent although it may be empty. */
function framed(events: readonly WatchEvent[], cursor: WatchCursor, isPartDone = false): ToldPage {
  if (events.length === 0 && !isPartDone) return { kind: "page", cursor };
  const isPart = cursor.position !== undefined;
  const last = isPart ? cursor.next : cursor.next - 1;
  const { keys, releases } = releasesApart(events);
  return { kind: "page", frame: frameOf(watchFrameEvents(keys, last, isPart, releases)), cursor };
}

/** As in etcd: the key at the revision before, if that is not compacted. */
function withPrevious(source: WatchSource, event: WatchEvent): WatchEvent {
  const { key, modRevision } = event.kv;
  const before = source.query({ kind: "range", key, revision: modRevision - 1, uncounted: true });
  const prev: KeyValue | undefined = before.kind === "range" ? before.kvs[0] : undefined;
  return prev === undefined ? event : { ...event, prev };
}
