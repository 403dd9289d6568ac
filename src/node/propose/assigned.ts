import type { Entry } from "../../core/log.ts";
import type { RecoveryPlan } from "../../core/proposer.ts";
import { NOOP_BODY } from "../../state/entry.ts";
import type { NodeLimits } from "../limits.ts";
import type { Decided } from "../rpc/call.ts";
import type { Bodies } from "./bodies.ts";

/** A slot of a recovery with its entry. */
export interface Assigned extends Decided {
  /** Whether it has to be voted on; otherwise it is known to be chosen. */
  readonly vote: boolean;
}

/** Puts an entry to each slot of the plan. */
export function assign(plan: RecoveryPlan, bodies: Bodies, own: Entry | undefined, freshId: () => string): Assigned[] {
  return plan.slots.map((one) => {
    if (one.kind === "own" && own !== undefined) return { slot: one.slot, entry: own, vote: true };
    if (one.kind === "chosen" || one.kind === "value") {
      const entry = one.entryId === own?.id ? own : bodies.held(one.entryId);
      return { slot: one.slot, entry, vote: one.kind === "value" };
    }
    return { slot: one.slot, entry: { id: freshId(), body: NOOP_BODY }, vote: true };
  });
}

/** Cuts `assigned` into messages of bounded size. */
export function messagesOf(
  { messageBytesMax, messageEntriesMax }: NodeLimits,
  assigned: readonly Assigned[],
): Assigned[][] {
  const messages: Assigned[][] = [];
  let bytes = 0;
  for (const one of assigned) {
    const last = messages.at(-1);
    bytes += one.entry.body.byteLength;
    if (last === undefined || bytes > messageBytesMax || last.length >= messageEntriesMax) {
      messages.push([one]);
      bytes = one.entry.body.byteLength;
    } else last.push(one);
  }
  return messages;
}
