/**
 * A ballot: one numbered attempt to decide. Ordered by `n`, then by `proposer`.
 *
 * `proposer` is 128 fresh random bits for every attempt, never the name of a place or an object, so that no
 * ballot is ever used twice, not even by a proposer that lost its memory.
 */
export interface Ballot {
  readonly n: number;
  readonly proposer: string;
}

/** The ballot every epoch starts with. Nobody owns it, and every slot is open in it. */
export const BALLOT_ZERO: Ballot = { n: 0, proposer: "" };

/** Negative, zero or positive, as `a` is below, equal to or above `b`. */
export function ballotCompare(a: Ballot, b: Ballot): number {
  if (a.n !== b.n) return a.n - b.n;
  if (a.proposer === b.proposer) return 0;
  return a.proposer < b.proposer ? -1 : 1;
}

export function ballotEqual(a: Ballot, b: Ballot): boolean {
  return a.n === b.n && a.proposer === b.proposer;
}

export function ballotMax(a: Ballot, b: Ballot): Ballot {
  return ballotCompare(a, b) >= 0 ? a : b;
}

/** The next ballot above everything seen, owned by `proposer` alone. */
export function ballotAbove(seen: Ballot, proposer: string): Ballot {
  return { n: seen.n + 1, proposer };
}
