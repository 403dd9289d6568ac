import type { Revision } from "../../api/key-value.ts";
import { operation } from "../operation.ts";
import type { Turn } from "../turn.ts";

/** Raises the feature level of the namespace. It never lowers it; a level that is reached already changes nothing. */
export interface RaiseOp {
  readonly kind: "raise";
  readonly level: number;
  /** Regions whose learners were not asked: each begins its state anew when it comes to this. */
  readonly exclude?: readonly string[];
}

export interface RaiseResult {
  readonly kind: "raise";
  readonly revision: Revision;
  /** The level of the namespace from here on. */
  readonly level: number;
}

export const raise = operation<RaiseOp, RaiseResult>({
  kind: "raise",
  since: 0,
  fields: { level: 0, exclude: 0 },
  outcome: 11,
  run(turn: Turn, op: RaiseOp): RaiseResult {
    turn.level = Math.max(turn.level, op.level);
    return { kind: "raise", revision: turn.before, level: turn.level };
  },
});
