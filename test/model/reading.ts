import { InvariantViolation } from "../../src/core/invariant.ts";
import type { Slot } from "../../src/core/log.ts";
import type { VotesReply } from "../../src/core/message.ts";
import { readPlan } from "../../src/core/read.ts";
import type { Violation } from "./step.ts";
import type { World } from "./world.ts";

/**
 * 19: whatever quorum of these replies a reader has, and however far its learner is, it waits for every slot that was
 * chosen in a row when it began (each may have been acknowledged, or returned to another reader); and it holds no
 * slot for proven that is not. `true` when some reader has a slot to finish first.
 */
export function readsCheck(
  world: World,
  replies: readonly VotesReply[],
  owed: Slot,
  chosenUpTo: Slot,
): boolean | Violation {
  let unfinished = false;
  try {
    for (let subset = 1; subset < 1 << replies.length; subset++) {
      const heard = replies.filter((_, index) => ((subset >> index) & 1) === 1);
      if (heard.length < world.quorums.read) continue;
      for (let applied = 0; applied <= owed; applied++) {
        const plan = readPlan(world.quorums, heard, applied);
        if (plan.slot < owed)
          return { outcome: true, rule: "19: a read misses a slot that was chosen before it began" };
        if (plan.provenUpTo > chosenUpTo)
          return { outcome: true, rule: "13: a read takes a slot for proven that is not" };
        unfinished ||= plan.slot > plan.provenUpTo;
      }
    }
  } catch (error) {
    if (error instanceof InvariantViolation) return { outcome: true, rule: `asserted, ${error.message}` };
    throw error;
  }
  return unfinished;
}
