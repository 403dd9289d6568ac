import { ballotEqual, ballotMax } from "../../core/ballot.ts";
import { enrolmentPeers } from "../../core/identity.ts";
import type { Slot, VoteRef } from "../../core/log.ts";
import type { AcceptorReply, Position, VotesReply } from "../../core/message.ts";
import type { Reply } from "../../core/proposer.ts";
import type { Hint } from "../rpc/log-position.ts";
import type { Answers } from "../rpc/round.ts";

/** The replies to request number `index`, as the core counts them. */
export function repliesAt(answers: Answers, index: number): Reply[] {
  return answers.map((answer) => {
    if (typeof answer !== "object") return answer;
    return answer.kind === "replies" ? answer.replies[index] : "lost";
  });
}

/** Whether so many acceptors store nothing at all that nothing can have been chosen (protocol, "Reads"). */
export function isUnused(members: number, answers: Answers): boolean {
  const unused = answers.filter(
    (answer) => typeof answer === "object" && answer.kind === "silent" && answer.isUnused === true,
  );
  return unused.length > enrolmentPeers(members);
}

/** A lost answer may have been a vote; a slot too far ahead is near enough when the message comes a second time. */
export function mayBecomeVote(reply: Reply, entryId: string): boolean {
  if (reply === undefined || reply === "lost") return true;
  if (reply.kind === "nack") return reply.reason === "window";
  return reply.kind === "voted" && reply.entryId === entryId;
}

export function isVotes(reply: Reply): reply is VotesReply {
  return typeof reply === "object" && reply.kind === "votes";
}

export function votesIn(slot: Slot, replies: readonly VotesReply[]): VoteRef[] {
  return replies.flatMap((reply) => reply.votes.filter((vote) => vote.slot === slot));
}

/** The position with the highest promise, with the highest prefix that is known; of equal promises the lower open. */
export function bestPosition(replies: readonly Reply[]): Position | undefined {
  const positions = replies
    .filter((reply): reply is AcceptorReply => typeof reply === "object")
    .map((reply) => reply.position);
  const chosenUpTo = Math.max(0, ...positions.map((position) => position.chosenUpTo));
  let best: Position | undefined;
  for (const position of positions) {
    if (best === undefined) best = position;
    else if (ballotEqual(position.promised, best.promised)) {
      if (position.openFrom < best.openFrom) best = position;
    } else if (ballotEqual(ballotMax(position.promised, best.promised), position.promised)) best = position;
  }
  return best && { ...best, chosenUpTo };
}

export function hintOf(position: Position): Hint {
  return { ballot: position.promised, openFrom: position.openFrom, leader: position.leader };
}
