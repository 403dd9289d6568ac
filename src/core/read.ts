import { tally } from "./choose.ts";
import { invariant } from "./invariant.ts";
import type { Slot, VoteRef } from "./log.ts";
import type { VotesReply } from "./message.ts";
import type { Quorums } from "./quorum.ts";

export interface ReadPlan {
  /** The answer must reflect every slot up to here. */
  readonly slot: Slot;
  /** Every slot above this one and up to `slot` could have been chosen, and the replies do not prove that all were. */
  readonly provenUpTo: Slot;
}

/**
 * The highest slot a linearizable read must wait for (Paxos Quorum Reads).
 *
 * Why it is enough: a write is acknowledged only when every slot up to its own is chosen, votes are durable, and a
 * read quorum meets every quorum that chose. So each slot up to an acknowledged one looks possibly chosen here.
 */
export function readPlan(quorums: Quorums, replies: readonly VotesReply[], appliedUpTo: Slot): ReadPlan {
  invariant(replies.length >= quorums.read, "a read hears a read quorum");
  const chosenUpTo = Math.max(appliedUpTo, ...replies.map((reply) => reply.position.chosenUpTo));
  const known = new Set(replies.flatMap((reply) => reply.known.map((ref) => ref.slot)));
  const votes = new Map<Slot, VoteRef[]>();
  for (const vote of replies.flatMap((reply) => reply.votes)) {
    const slot = votes.get(vote.slot);
    if (slot === undefined) votes.set(vote.slot, [vote]);
    else slot.push(vote);
  }
  let slot = chosenUpTo;
  let provenUpTo = chosenUpTo;
  while (known.has(slot + 1) || possiblyChosen(quorums, replies.length, votes.get(slot + 1) ?? [])) {
    slot++;
    if (provenUpTo === slot - 1 && known.has(slot)) provenUpTo = slot;
  }
  return { slot, provenUpTo };
}

/**
 * Whether an entry may have been chosen in a slot, given the votes for it that `heard` acceptors reported.
 *
 * Votes are counted per entry over all ballots: an entry chosen before the read began is reported by every replier
 * of its quorum, at that ballot or above. A lone fast vote may be ignored; a lone classic vote may not.
 */
export function possiblyChosen(quorums: Quorums, heard: number, votes: readonly VoteRef[]): boolean {
  const classicEnough = Math.max(1, quorums.classic + heard - quorums.members);
  const anyEnough = Math.max(1, quorums.fast + heard - quorums.members);
  const classic = tally(votes.filter((vote) => vote.kind === "classic"));
  for (const count of classic.values()) if (count >= classicEnough) return true;
  for (const count of tally(votes).values()) if (count >= anyEnough) return true;
  return false;
}
