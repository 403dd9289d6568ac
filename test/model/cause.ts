import type { Plan } from "./plan.ts";
import type { Step, Violation } from "./step.ts";

/** How one state comes from another. */
export type Cause = Delivery | Plan | OwnMove;

/** A message arrives. */
export interface Delivery {
  readonly kind: "delivery";
  readonly message: number;
  /** What the acceptor's column becomes: with the reply kept by whom it is for, and with it lost. */
  readonly columns: readonly number[];
  readonly step: Step | undefined;
  readonly votesChanged: boolean;
  readonly read: boolean;
}

/** A proposer goes on by itself. */
export interface OwnMove {
  readonly kind: "own";
  readonly attempt: number;
  readonly what: string;
}

/** Called with each successor: its words, acceptors in the places they had before, and those of them concerned. */
export type Visit = (words: Uint32Array, cause: Cause, places: readonly number[]) => void;

/** Ends a search. */
export class ViolationFound extends Error {
  readonly violation: Violation;
  readonly how: Cause;
  readonly places: readonly number[];

  constructor(violation: Violation, how: Cause, places: readonly number[]) {
    super(violation.rule);
    this.violation = violation;
    this.how = how;
    this.places = [...places];
  }
}
