import type { Ballot } from "../../src/core/ballot.ts";
import type { Slot, VoteKind } from "../../src/core/log.ts";

/** What an acceptor's disk says of itself. */
export interface DurablePosition {
  readonly promised: Ballot;
  readonly openFrom: Slot;
  readonly chosenUpTo: Slot;
  readonly firstSlot: Slot;
}

/** And of one vote. */
export interface DurableVote {
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly kind: VoteKind;
  readonly entryId: string;
}
