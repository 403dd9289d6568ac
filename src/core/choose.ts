import { type Ballot, ballotCompare } from "./ballot.ts";
import { invariant } from "./invariant.ts";
import type { VoteRef } from "./log.ts";
import type { Quorums } from "./quorum.ts";

/** What the owner of a new ballot may give to a slot. */
export type Selection =
  /** Decided already. */
  | { readonly kind: "chosen"; readonly entryId: string }
  /** May have been chosen: it and nothing else. */
  | { readonly kind: "value"; readonly entryId: string }
  /** Nothing can have been chosen below this ballot. */
  | { readonly kind: "free" };

/** What one promise said about one slot. */
export interface SlotPromise {
  readonly vote?: VoteRef | undefined;
  readonly chosen?: string | undefined;
}

/**
 * Selection in recovery, for one slot, from the promises of a phase 1 quorum for exactly this ballot
 * (Fast Paxos, 2.2, rule for coordinated recovery).
 *
 * In an open slot the plurality is taken: an entry that may have been chosen has at least `fast + q - members` of
 * the `q` votes and any rival fewer. It is often more than safety asks for, and keeps a client's command alive
 * where the strict threshold would fill the slot with nothing.
 */
export function select(quorums: Quorums, promises: readonly SlotPromise[]): Selection {
  invariant(promises.length >= quorums.phase1, "a ballot selects from a phase 1 quorum");
  for (const { chosen } of promises) if (chosen !== undefined) return { kind: "chosen", entryId: chosen };

  const highest = highestVotes(promises);
  const first = highest[0];
  if (first === undefined) return { kind: "free" };
  invariant(
    highest.every((vote) => vote.kind === first.kind),
    "8: one kind per ballot and slot",
  );
  if (first.kind === "classic") {
    invariant(
      highest.every((vote) => vote.entryId === first.entryId),
      "7: equal entries for all classic votes at one ballot and slot",
    );
    return { kind: "value", entryId: first.entryId };
  }
  return { kind: "value", entryId: plurality(highest) };
}

/** Votes at the highest ballot voted in. Only they count: the others were recovered from below it. */
function highestVotes(promises: readonly SlotPromise[]): VoteRef[] {
  let highest: VoteRef[] = [];
  for (const { vote } of promises) {
    if (vote === undefined) continue;
    const order = highest[0] === undefined ? 1 : ballotCompare(vote.ballot, highest[0].ballot);
    if (order > 0) highest = [vote];
    else if (order === 0) highest.push(vote);
  }
  return highest;
}

/** The entry with the most votes; equal counts go to the smaller id. */
export function plurality(votes: readonly { readonly entryId: string }[]): string {
  let best = "";
  let bestCount = 0;
  for (const [entryId, count] of tally(votes)) {
    if (count > bestCount || (count === bestCount && entryId < best)) {
      best = entryId;
      bestCount = count;
    }
  }
  return best;
}

/** Votes per entry. */
export function tally(votes: readonly { readonly entryId: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { entryId } of votes) counts.set(entryId, (counts.get(entryId) ?? 0) + 1);
  return counts;
}

/**
 * The entry that `votes` (at most one per acceptor, all for one slot) prove chosen: in one ballot a classic quorum of
 * classic votes for it, or a fast quorum of any.
 */
export function chosenByVotes(quorums: Quorums, votes: readonly VoteRef[]): string | undefined {
  const seen: { ballot: Ballot; entryId: string; classic: number; any: number }[] = [];
  for (const vote of votes) {
    let count = seen.find((one) => one.entryId === vote.entryId && ballotCompare(one.ballot, vote.ballot) === 0);
    if (count === undefined) {
      count = { ballot: vote.ballot, entryId: vote.entryId, classic: 0, any: 0 };
      seen.push(count);
    }
    count.any++;
    if (vote.kind === "classic") count.classic++;
  }
  return seen.find((one) => one.classic >= quorums.classic || one.any >= quorums.fast)?.entryId;
}
