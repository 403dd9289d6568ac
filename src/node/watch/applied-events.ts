import { byteString } from "../../api/bytes.ts";
import type { Revision, WatchEvent } from "../../api/key-value.ts";
import { eventBytes } from "./event-bytes.ts";
import type { WatchLimits } from "./watch-limits.ts";

/** What was just applied, for the watches that were told everything before it. */
export class AppliedEvents {
  readonly all: readonly WatchEvent[];
  /** The first revision that they tell of. Watches that are further behind, or if these are too many, read history. */
  readonly first: Revision;
  readonly #byKey = new Map<string, WatchEvent[]>();

  /** Whole revisions in order, up to the state's revision. */
  constructor(events: readonly WatchEvent[], { pageEventsMax, pageBytesMax }: WatchLimits) {
    const bytes = events.reduce((sum, event) => sum + eventBytes(event), 0);
    this.all = events.length <= pageEventsMax && bytes <= pageBytesMax ? events : [];
    this.first = this.all[0]?.kv.modRevision ?? Number.POSITIVE_INFINITY;
    for (const event of this.all) {
      const key = byteString(event.kv.key);
      const others = this.#byKey.get(key);
      if (others === undefined) this.#byKey.set(key, [event]);
      else others.push(event);
    }
  }

  /** Those of one key, given as a byte string. */
  of(key: string): readonly WatchEvent[] {
    return this.#byKey.get(key) ?? [];
  }
}
