import type { Ballot } from "./ballot.ts";

/** A position in the log; the first is 1. */
export type Slot = number;

/** `openFrom` of a ballot that is open nowhere. */
export const CLOSED: Slot = Number.POSITIVE_INFINITY;

/** How far above its chosen prefix an acceptor votes in open slots. Bounds its undecided votes. */
export const WINDOW_SLOTS = 1024;

/**
 * What a slot decides: a batch of commands, encoded. The core compares ids and never looks into `body`.
 *
 * `id` is 128 fresh random bits for every construction, never derived from a request: two different bodies under
 * one id would be counted as equal votes.
 */
export interface Entry {
  readonly id: string;
  readonly body: Uint8Array;
}

/**
 * A slot's kind in a ballot. `classic`: the ballot's owner gave it one value. `fast`: it is open, and anybody's
 * value may be voted for.
 */
export type VoteKind = "classic" | "fast";

export interface Vote {
  readonly ballot: Ballot;
  readonly kind: VoteKind;
  readonly entry: Entry;
}

/** A vote as it travels: bodies are fetched by id. */
export interface VoteRef {
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly kind: VoteKind;
  readonly entryId: string;
}

/** A slot known to be chosen, and with what. */
export interface ChosenRef {
  readonly slot: Slot;
  readonly entryId: string;
}
