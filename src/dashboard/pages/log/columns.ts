import type { TelemetryFrame } from "../../../api/telemetry-frame.ts";
import type { Round } from "../../data/telemetry.ts";

/** A slot of the log, with all rounds of votes for it that were seen, in the order in which they began. */
export interface SlotColumn {
  readonly slot: number;
  readonly rounds: readonly Round[];
  readonly isChosen: boolean;
}

const COLUMNS_MAX = 40;

/** The latest slots that somebody proposed in while the page was open. */
export function columnsOf(rounds: readonly Round[], { status }: TelemetryFrame): readonly SlotColumn[] {
  const chosenUpTo = Math.max(0, ...status.acceptors.map((one) => one.chosen_up_to ?? 0));
  const appliedUpTo = Math.max(0, ...status.learners.map((one) => one.applied_up_to ?? 0));
  const bySlot = new Map<number, Round[]>();
  // Slot 0: handed to a leader, and not answered yet.
  for (const round of rounds) if (round.slot > 0) bySlot.set(round.slot, [...(bySlot.get(round.slot) ?? []), round]);
  return [...bySlot]
    .toSorted(([a], [b]) => a - b)
    .slice(-COLUMNS_MAX)
    .map(([slot, all]) => ({ slot, rounds: all, isChosen: slot <= Math.max(chosenUpTo, appliedUpTo) }));
}
