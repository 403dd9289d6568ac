import type { Revision } from "../../api/key-value.ts";
import type { Ballot } from "../../core/ballot.ts";
import type { Slot } from "../../core/log.ts";
import type { Region } from "../../network/region.ts";

/** Where writes can go: what one acceptor or the ballot's owner said, indivisible. */
export interface Hint {
  readonly ballot: Ballot;
  /** Fast writes: from this slot on. */
  readonly openFrom: Slot;
  /** The region of the owner, if it leads. */
  readonly leader?: string | undefined;
}

/** Where a namespace's log stands, as far as one place knows. Safe to be wrong: a wrong one costs a round. */
export interface LogPosition extends Hint {
  readonly appliedUpTo: Slot;
  /** Where to write next. */
  readonly nextSlot: Slot;
  /** As a learner says. */
  readonly revision?: Revision | undefined;
  /** The feature level of the learner's state. */
  readonly level?: number | undefined;
  /** Who is to be asked to lead, best first, as a learner says. */
  readonly placement?: readonly Region[] | undefined;
  /** Whether releases hold keys, or schemas guard some: then writes are looked at first, as a learner says. */
  readonly guarded?: boolean | undefined;
  /** When it was heard, by the clock of whoever keeps it. */
  readonly heardAt?: number | undefined;
}
