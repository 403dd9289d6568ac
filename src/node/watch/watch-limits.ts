import { WATCH_STALL_MS_MAX, WATCH_WINDOW_BYTES } from "../../api/limits.ts";
import { HELD_SHARES } from "../limits.ts";

/** What the watches of one learner may take, each with its unit. */
export interface WatchLimits {
  /** Events in one frame. */
  readonly pageEventsMax: number;
  /** Bytes of keys and values in one frame, unless a single event has more. */
  readonly pageBytesMax: number;
  /** Bytes sent on one socket that were not acknowledged. */
  readonly windowBytes: number;
  /** Bytes held for all watchers together: sent and not acknowledged, or kept in the cache of frames. */
  readonly heldBytesMax: number;
  readonly cachedBytesMax: number;
  /** A watcher that keeps others or itself waiting for its acknowledgement for so long is dropped. */
  readonly stallMs: number;
  /** … and, where others wait because nothing is left of what all may hold, after so long. */
  readonly pressedMs: number;
  /** Between notices to a watch that asked for them and had no event meanwhile. */
  readonly progressMs: number;
  /** A learner that has known for longer than this only that it may have missed something says so. */
  readonly staleMs: number;
}

export const WATCH_LIMITS: WatchLimits = {
  pageEventsMax: 512,
  pageBytesMax: 512 * 1024,
  windowBytes: WATCH_WINDOW_BYTES,
  heldBytesMax: HELD_SHARES.watchers,
  cachedBytesMax: 4 * 1024 * 1024,
  stallMs: WATCH_STALL_MS_MAX,
  pressedMs: 5_000,
  progressMs: 10_000,
  staleMs: 5_000,
};
