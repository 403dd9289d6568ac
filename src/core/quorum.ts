import { invariant } from "./invariant.ts";

/** How many acceptors of `members` each step needs (Fast Paxos; Fast Flexible Paxos; Paxos Quorum Reads). */
export interface Quorums {
  readonly members: number;
  /** Promises that let a ballot's owner select. */
  readonly phase1: number;
  /** Votes that choose a classic value. */
  readonly classic: number;
  /** Votes that choose a value in an open slot. */
  readonly fast: number;
  /** Replies a linearizable read needs. */
  readonly read: number;
}

const TABLE: readonly Quorums[] = [
  { members: 1, phase1: 1, classic: 1, fast: 1, read: 1 },
  { members: 3, phase1: 2, classic: 2, fast: 3, read: 2 },
  { members: 5, phase1: 3, classic: 3, fast: 4, read: 3 },
  { members: 7, phase1: 4, classic: 4, fast: 6, read: 4 },
];

/** The quorums for 1, 3, 5 or 7 acceptors. */
export function quorumsFor(members: number): Quorums {
  const found = TABLE.find((row) => row.members === members);
  invariant(found !== undefined, `a configuration has 1, 3, 5 or 7 acceptors, not ${members}`);
  return quorumsCheck(found);
}

/** Invariant 11: the inequalities every proof rests on. */
export function quorumsCheck(quorums: Quorums): Quorums {
  const { members, phase1, classic, fast, read } = quorums;
  invariant(phase1 + classic > members, "phase 1 and classic quorums intersect");
  invariant(phase1 + 2 * fast > 2 * members, "phase 1 and any two fast quorums intersect");
  invariant(read + classic > members, "read and classic quorums intersect");
  invariant(read + fast > members, "read and fast quorums intersect");
  return quorums;
}
