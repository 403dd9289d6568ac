import { NODE_LIMITS, type NodeLimits } from "../../src/node/limits.ts";
import { WATCH_LIMITS, type WatchLimits } from "../../src/node/watch/watch-limits.ts";
import { STATE_LIMITS, type StateLimits } from "../../src/state/limits.ts";

/** The limits of every simulated machine. */
export interface Limits {
  readonly node: NodeLimits;
  readonly state: StateLimits;
  readonly watch: WatchLimits;
}

/** As deployed. */
export const LIMITS: Limits = { node: NODE_LIMITS, state: STATE_LIMITS, watch: WATCH_LIMITS };

/**
 * So small that a run of fifty operations reaches them: acceptors drop their logs, learners forget, pages have one
 * entry. `npm run sim -- --small`.
 */
export const LIMITS_SMALL: Limits = {
  node: {
    ...NODE_LIMITS,
    logRetainedSlots: 1,
    logDropSlots: 2,
    logDropSlotsMax: 5,
    windowSlots: 4,
    recentEntriesMax: 5,
    pendingEntriesMax: 6,
    messageEntriesMax: 2,
    inlineBytesMax: 60,
    batchCommandsMax: 2,
    pipelineMax: 2,
  },
  state: { ...STATE_LIMITS, snapshotPageBytesMax: 200, compactStepRowsMax: 2 },
  watch: { ...WATCH_LIMITS, pageEventsMax: 2, windowBytes: 250, stallMs: 8_000 },
};
