import { CLOSE_COMPACTED, CLOSE_INVALID, CLOSE_RESTART, CLOSE_TOO_SLOW } from "../node/watch/watch-close.ts";

/** Why a learner ends a watcher's connection. */
type DropReason = "invalid" | "compacted" | "too-slow" | "restart" | "other";

const REASONS: Readonly<Record<number, DropReason>> = {
  [CLOSE_INVALID]: "invalid",
  [CLOSE_COMPACTED]: "compacted",
  [CLOSE_TOO_SLOW]: "too-slow",
  [CLOSE_RESTART]: "restart",
};

/** As the metrics name it, by the code that the connection was closed with. */
export function dropReason(code: number): DropReason {
  return REASONS[code] ?? "other";
}
