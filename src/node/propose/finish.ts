import { ballotEqual, ballotMax } from "../../core/ballot.ts";
import { chosenByVotes } from "../../core/choose.ts";
import type { Entry, Slot, VoteRef } from "../../core/log.ts";
import type { VotesReply } from "../../core/message.ts";
import { acceptVerdict } from "../../core/proposer.ts";
import * as timing from "../timing.ts";
import { Bodies } from "./bodies.ts";
import type { Finished, Proposer } from "./proposer.ts";
import { isVotes, repliesAt, votesIn } from "./replies.ts";

/**
 * Gets slots `from` to `upTo` decided with as little force as it takes: looks whether they are, repeats the votes
 * that stand as their proposers sent them, and only then recovers (protocol, "Learning"). Leaves out the slots that an
 * acceptor has in its chosen prefix: they are decided, and to be read from its log.
 */
export async function finish(
  proposer: Proposer,
  { from, upTo }: { readonly from: Slot; readonly upTo: Slot },
): Promise<Finished> {
  const decided = new Map<Slot, Entry>();
  const votes = await collectVotes(proposer);
  const first = Math.max(from - 1, ...votes.map((reply) => reply.position.chosenUpTo)) + 1;
  for (const slot of range(first, upTo)) {
    const entry = await alreadyDecided(proposer, slot, votes);
    if (entry !== undefined) decided.set(slot, entry);
  }
  for (const slot of range(first, upTo)) {
    if (decided.has(slot)) continue;
    const entry = await repeatVote(proposer, slot, votes);
    if (entry !== undefined) decided.set(slot, entry);
  }
  const entries = () => [...decided].map(([slot, entry]) => ({ slot, entry })).sort((a, b) => a.slot - b.slot);
  if (first + decided.size > upTo) return { complete: true, decided: entries(), ownMayBeVoted: false };

  const deadlineAt = proposer.context.host.now() + timing.REQUEST_DEADLINE_MS;
  const recovered = await proposer.recover({ from: first, upTo, deadlineAt });
  for (const { slot, entry } of recovered.decided) decided.set(slot, entry);
  return { ...recovered, decided: entries() };
}

function collectVotes(proposer: Proposer): Promise<VotesReply[]> {
  return proposer.round([{ kind: "votes" }], (answers) =>
    answers.includes(undefined) ? undefined : repliesAt(answers, 0).filter(isVotes),
  );
}

async function alreadyDecided(
  { context, quorums }: Proposer,
  slot: Slot,
  replies: readonly VotesReply[],
): Promise<Entry | undefined> {
  const known = replies.flatMap((reply) => reply.known).find((ref) => ref.slot === slot)?.entryId;
  const entryId = known ?? chosenByVotes(quorums, votesIn(slot, replies));
  return entryId === undefined ? undefined : new Bodies([]).one(context, slot, entryId);
}

/** Sends the highest vote's message once more, exactly as it was first sent, and counts. */
async function repeatVote(proposer: Proposer, slot: Slot, replies: readonly VotesReply[]): Promise<Entry | undefined> {
  const vote = highestVote(votesIn(slot, replies));
  if (vote === undefined) return undefined;
  const entry = await new Bodies([]).one(proposer.context, slot, vote.entryId);
  if (entry === undefined) return undefined;
  const { ballot, kind } = vote;
  if (kind === "classic") {
    const round = { ballot, slot, entryId: entry.id };
    const repeated = await proposer.round([{ kind: "accept", ballot, slot, entry }], (answers) => {
      const verdict = acceptVerdict(proposer.quorums, round, repliesAt(answers, 0));
      return verdict.kind === "pending" ? undefined : { isChosen: verdict.kind === "chosen" };
    });
    return repeated.isChosen ? entry : undefined;
  }
  // An open slot's message names where the ballot is open, as only an acceptor that promised it can tell.
  const at = replies.find((reply) => ballotEqual(reply.position.promised, ballot))?.position;
  if (at === undefined || at.openFrom > slot) return undefined;
  const { verdict } = await proposer.fast(entry, slot, { ballot, openFrom: at.openFrom });
  return verdict.kind === "chosen" ? entry : undefined;
}

function highestVote(votes: readonly VoteRef[]): VoteRef | undefined {
  let highest: VoteRef | undefined;
  for (const vote of votes) {
    if (highest === undefined || ballotEqual(ballotMax(vote.ballot, highest.ballot), vote.ballot)) highest = vote;
  }
  return highest;
}

function range(from: Slot, upTo: Slot): Slot[] {
  return Array.from({ length: Math.max(0, upTo - from + 1) }, (_, index) => from + index);
}
