import type { Ballot } from "../../src/core/ballot.ts";
import { type ChosenRef, CLOSED, type Slot, type VoteRef } from "../../src/core/log.ts";
import type { AcceptorReply, Position } from "../../src/core/message.ts";
import type { AcceptVerdict, FastVerdict, PrepareVerdict, RecoveryPlan, SlotPlan } from "../../src/core/proposer.ts";
import type { MemoryAcceptor } from "./memory-acceptor.ts";

// What the core says, in the words of a transcript.

export function ballotText(ballot: Ballot): string {
  return ballot.proposer === "" ? `${ballot.n}` : `${ballot.n}.${ballot.proposer}`;
}

export function replyText(reply: AcceptorReply): string {
  const { position } = reply;
  switch (reply.kind) {
    case "promised":
      return `promised ${ballotText(reply.ballot)}; ${reportText(position, reply)}`;
    case "voted":
      return `voted "${reply.entryId}" at ${ballotText(reply.ballot)}, ${reply.voteKind}`;
    case "already-chosen":
      return reply.entryId === undefined ? "already chosen, and dropped" : `already chosen "${reply.entryId}"`;
    case "nack":
      return `nack ${reply.reason}; ${hintText(position)}; chosen up to ${position.chosenUpTo}`;
    case "opened":
      return `opened; ${hintText(position)}`;
    case "learned": {
      const missing = reply.missing.length === 0 ? "" : `; no body for ${reply.missing.join(" ")}`;
      return `learned; chosen up to ${position.chosenUpTo}, first slot ${position.firstSlot}${missing}`;
    }
    case "votes":
      return reportText(position, reply);
  }
}

export function hintText({ promised, openFrom, leader }: Position): string {
  const led = leader === undefined ? "" : `, led from ${leader}`;
  return `${ballotText(promised)} ${openText(openFrom)}${led}`;
}

function openText(openFrom: Slot): string {
  return openFrom === CLOSED ? "open nowhere" : `open from ${openFrom}`;
}

function reportText(
  position: Position,
  report: { readonly votes: readonly VoteRef[]; readonly known: readonly ChosenRef[] },
): string {
  const votes = report.votes.map((vote) => ({
    slot: vote.slot,
    text: `slot ${vote.slot} voted "${vote.entryId}" at ${ballotText(vote.ballot)}, ${vote.kind}`,
  }));
  const known = report.known.map(({ slot, entryId }) => ({ slot, text: `slot ${slot} known "${entryId}"` }));
  const lines = [...votes, ...known].sort((a, b) => a.slot - b.slot).map(({ text }) => text);
  return [`chosen up to ${position.chosenUpTo}`, ...(lines.length === 0 ? ["no votes"] : lines)].join("; ");
}

export function acceptorText(acceptor: MemoryAcceptor): string[] {
  const { chosenUpTo, firstSlot } = acceptor;
  const lines = [`promised ${hintText(acceptor)}`, `chosen up to ${chosenUpTo}, first slot ${firstSlot}`];
  for (const slot of acceptor.slotsAbove(0)) {
    const vote = acceptor.vote(slot);
    if (vote !== undefined) {
      lines.push(`slot ${slot}: vote "${vote.entry.id}" at ${ballotText(vote.ballot)}, ${vote.kind}`);
    }
    const known = acceptor.known(slot);
    if (known !== undefined) lines.push(`slot ${slot}: mark "${known.id}"`);
  }
  return lines;
}

export function verdictText(verdict: FastVerdict | PrepareVerdict | AcceptVerdict): string {
  switch (verdict.kind) {
    case "taken":
      return verdict.entryId === undefined ? "taken, by an entry dropped since" : `taken by "${verdict.entryId}"`;
    case "collision":
      return `collision, ${verdict.mine ? "mine leads" : "mine does not lead"}`;
    case "promised":
      return `promised by ${verdict.promises.length}`;
    case "pending":
    case "chosen":
    case "refused":
    case "window":
    case "preempted":
    case "unreachable":
      return verdict.kind;
  }
}

export function planText(plan: RecoveryPlan, own: string | undefined): string[] {
  const slots = plan.slots.map((slot) => `slot ${slot.slot}: ${slotPlanText(slot, own)}`);
  return [`chosen up to ${plan.chosenUpTo}`, ...slots, `open from ${plan.openFrom}`];
}

function slotPlanText(plan: SlotPlan, own: string | undefined): string {
  switch (plan.kind) {
    case "chosen":
      return `known chosen "${plan.entryId}", tell`;
    case "value":
      return `must be "${plan.entryId}"`;
    case "own":
      return `free: own "${own}"`;
    case "noop":
      return "free: NOOP";
  }
}
