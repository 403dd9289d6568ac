import type { WatchPermits } from "./watch-permits.ts";
import type { WatchSocket } from "./watch-session.ts";
import type { WatchSource } from "./watch-source.ts";

/** What a hub needs from the learner around it. */
export interface WatchPorts {
  readonly source: () => WatchSource;
  readonly sockets: () => readonly WatchSocket[];
  /** Milliseconds since the start of the last quorum read that showed nothing to be missing. */
  readonly lagMs: () => number | undefined;
  /** A frame of telemetry. */
  readonly telemetry: () => Promise<string>;
  /** Absent: every watch is permitted. */
  readonly permits?: Pick<WatchPermits, "isDue" | "allows"> | undefined;
}
