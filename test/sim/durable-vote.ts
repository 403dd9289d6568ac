import type { Ballot } from "../../src/core/ballot.ts";
import type { Lives } from "../../src/core/identity.ts";
import type { Slot, VoteKind } from "../../src/core/log.ts";

/** Which storage an acceptor has, and with which of the others it is counted. */
export interface DurableIdentity {
  /** Its own. */
  readonly life: number;
  readonly lives: Lives;
}

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
