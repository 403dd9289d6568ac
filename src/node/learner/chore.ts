import type { Op } from "../../state/command.ts";

/** Work that a learner does without being asked. */
export interface Chore {
  /** The earliest time, by this learner's clock, at which there is something to do; undefined when there is nothing. */
  nextAt(): number | undefined;
  /** Does what is due. The part before the first `await` counts as done when `nextAt` is asked again. */
  run(): Promise<void>;
}

/** Proposes a command of the learner's own, by way of its region's batcher. Resolves when its outcome is known. */
export type Propose = (op: Op) => Promise<void>;
