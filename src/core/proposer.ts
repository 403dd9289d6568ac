import { type Ballot, ballotCompare, ballotEqual } from "./ballot.ts";
import { type SlotPromise, select, tally } from "./choose.ts";
import { invariant } from "./invariant.ts";
import type { ChosenRef, Slot, VoteRef } from "./log.ts";
import type { AcceptorReply, AlreadyChosen, Promised } from "./message.ts";
import type { Quorums } from "./quorum.ts";

/**
 * A proposer counts replies. Nothing here keeps state: a verdict is a function of the replies at hand, one place per
 * acceptor, so that a reply delivered twice or late changes nothing.
 *
 * `undefined`: still expected. `"lost"`: given up on; a vote may or may not have been cast.
 */
export type Reply = AcceptorReply | "lost" | undefined;

export type FastVerdict =
  | { readonly kind: "pending" }
  /** Mine is chosen. */
  | { readonly kind: "chosen" }
  /** The slot went to another entry, or was dropped (`entryId` absent). Try the next slot. */
  | { readonly kind: "taken"; readonly entryId?: string | undefined }
  /** A higher ballot was promised, or the slot is closed in this one: refresh the hint. */
  | { readonly kind: "refused" }
  /** An acceptor is too far behind to vote this high. */
  | { readonly kind: "window" }
  /** Votes are split. `mine` tells whether my entry leads and so is the one recovery would keep. */
  | { readonly kind: "collision"; readonly mine: boolean }
  /** Too few acceptors answered. */
  | { readonly kind: "unreachable" };

/** Counts a fast round for `entryId` in one slot of `ballot` (Fast Paxos, 2.2). */
export function fastVerdict(
  quorums: Quorums,
  round: { readonly ballot: Ballot; readonly slot: Slot; readonly entryId: string },
  replies: readonly Reply[],
): FastVerdict {
  const told = toldChosen(replies);
  if (told?.entryId !== undefined) return decided(round.entryId, told.entryId);

  const votes: { entryId: string }[] = [];
  let outstanding = 0;
  let refused = false;
  let window = false;
  for (const reply of replies) {
    if (reply === undefined) outstanding++;
    else if (reply === "lost") continue;
    else if (reply.kind === "voted" && isVoteIn(reply, round)) votes.push(reply);
    else if (reply.kind === "nack" && reply.reason === "window") window = true;
    else if (reply.kind === "nack") refused = true;
  }
  const counts = tally(votes);
  for (const [entryId, count] of counts) if (count >= quorums.fast) return decided(round.entryId, entryId);
  if (told !== undefined) return { kind: "taken" };

  const mine = counts.get(round.entryId) ?? 0;
  if (mine + outstanding >= quorums.fast) return { kind: "pending" };
  // A refusal with a new hint is worth more than waiting for the rest.
  if (refused) return { kind: "refused" };
  // Another entry may still be chosen outright, and a recovery would only get in its way.
  if (Math.max(0, ...counts.values()) + outstanding >= quorums.fast) return { kind: "pending" };
  if (mine < votes.length) return { kind: "collision", mine: leads(counts, round.entryId) };
  if (window) return { kind: "window" };
  return { kind: "unreachable" };
}

function isVoteIn(
  vote: { readonly ballot: Ballot; readonly slot: Slot },
  round: { readonly ballot: Ballot; readonly slot: Slot },
): boolean {
  return vote.slot === round.slot && ballotEqual(vote.ballot, round.ballot);
}

/** An acceptor's word that the slot is decided; the word of one that still has the entry is worth more. */
function toldChosen(replies: readonly Reply[]): AlreadyChosen | undefined {
  let told: AlreadyChosen | undefined;
  for (const reply of replies) {
    if (typeof reply !== "object" || reply.kind !== "already-chosen") continue;
    if (told?.entryId === undefined) told = reply;
  }
  return told;
}

function decided(mine: string, entryId: string): Extract<FastVerdict, { readonly kind: "chosen" | "taken" }> {
  return entryId === mine ? { kind: "chosen" } : { kind: "taken", entryId };
}

function leads(counts: ReadonlyMap<string, number>, mine: string): boolean {
  const own = counts.get(mine) ?? 0;
  for (const [entryId, count] of counts) {
    if (count > own || (count === own && entryId < mine)) return false;
  }
  return true;
}

export type PrepareVerdict =
  | { readonly kind: "pending" }
  | { readonly kind: "promised"; readonly promises: readonly Promised[] }
  /** A higher ballot is promised somewhere and a quorum can no longer be had. */
  | { readonly kind: "preempted" }
  | { readonly kind: "unreachable" };

/** Counts phase 1. The first quorum of promises for exactly this ballot is taken; later ones are ignored. */
export function prepareVerdict(quorums: Quorums, ballot: Ballot, replies: readonly Reply[]): PrepareVerdict {
  const promises: Promised[] = [];
  let outstanding = 0;
  let preempted = false;
  for (const reply of replies) {
    if (reply === undefined) outstanding++;
    else if (reply === "lost") continue;
    else if (reply.kind === "promised" && ballotEqual(reply.ballot, ballot)) promises.push(reply);
    else preempted ||= promisedAbove(reply, ballot);
  }
  if (promises.length >= quorums.phase1) return { kind: "promised", promises };
  if (promises.length + outstanding >= quorums.phase1) return { kind: "pending" };
  return { kind: preempted ? "preempted" : "unreachable" };
}

export type AcceptVerdict =
  | { readonly kind: "pending" }
  | { readonly kind: "chosen" }
  /** The slot was decided with another entry above this ballot, or dropped. */
  | { readonly kind: "taken"; readonly entryId?: string | undefined }
  | { readonly kind: "preempted" }
  | { readonly kind: "unreachable" };

/** Counts phase 2 of a classic value in one slot. */
export function acceptVerdict(
  quorums: Quorums,
  round: { readonly ballot: Ballot; readonly slot: Slot; readonly entryId: string },
  replies: readonly Reply[],
): AcceptVerdict {
  const told = toldChosen(replies);
  if (told?.entryId !== undefined) return decided(round.entryId, told.entryId);

  let votes = 0;
  let outstanding = 0;
  let preempted = false;
  for (const reply of replies) {
    if (reply === undefined) outstanding++;
    else if (reply === "lost") continue;
    else if (reply.kind === "voted" && isVoteIn(reply, round)) {
      invariant(reply.entryId === round.entryId, "7: equal entries for all classic votes at one ballot and slot");
      votes++;
    } else preempted ||= promisedAbove(reply, round.ballot);
  }
  if (votes >= quorums.classic) return { kind: "chosen" };
  if (told !== undefined) return { kind: "taken" };
  if (votes + outstanding >= quorums.classic) return { kind: "pending" };
  return { kind: preempted ? "preempted" : "unreachable" };
}

/** A nack at my own ballot is an old message of mine, not pre-emption. */
function promisedAbove(reply: AcceptorReply, ballot: Ballot): boolean {
  return ballotCompare(reply.position.promised, ballot) > 0;
}

/** What the owner of a ballot does with one slot after phase 1. */
export type SlotPlan =
  /** Decided already; to be told, not voted on. */
  | { readonly kind: "chosen"; readonly slot: Slot; readonly entryId: string }
  /** Must be finished: it may have been chosen. */
  | { readonly kind: "value"; readonly slot: Slot; readonly entryId: string }
  | { readonly kind: "own"; readonly slot: Slot }
  /** Free, and nothing to put there: filled, so that no hole is left behind. */
  | { readonly kind: "noop"; readonly slot: Slot };

export interface RecoveryPlan {
  /** The prefix that is known to be chosen. */
  readonly chosenUpTo: Slot;
  /** Ascending, without a gap, from `chosenUpTo + 1`. */
  readonly slots: readonly SlotPlan[];
  /** Slots from here on may be opened in this ballot once all of `slots` were sent. */
  readonly openFrom: Slot;
}

/**
 * What phase 1 obliges and allows (protocol, "Proposer").
 *
 * `from - 1` is the prefix known before; `upTo` the highest slot the caller needs decided; `own` the id of an entry
 * that waits for a slot. It takes the first free one, unless the quorum already reports votes for it.
 */
export function recoveryPlan(
  quorums: Quorums,
  promises: readonly Promised[],
  wants: { readonly from: Slot; readonly upTo: Slot; readonly own?: string | undefined },
): RecoveryPlan {
  // A promise leaves out what its acceptor knows chosen: those slots are not free (counter-example "m without c").
  const chosenUpTo = Math.max(wants.from - 1, ...promises.map((promise) => promise.position.chosenUpTo));
  const bySlot = promises.map(promiseBySlot);
  const top = Math.max(chosenUpTo, wants.upTo, ...bySlot.flatMap((slots) => [...slots.keys()]));

  const slots: SlotPlan[] = [];
  for (let slot = chosenUpTo + 1; slot <= top; slot++) {
    const selection = select(
      quorums,
      bySlot.map((one) => one.get(slot) ?? {}),
    );
    slots.push(selection.kind === "free" ? { kind: "noop", slot } : { ...selection, slot });
  }
  if (wants.own !== undefined && !slots.some((plan) => "entryId" in plan && plan.entryId === wants.own)) {
    const free = slots.findIndex((plan) => plan.kind === "noop");
    if (free >= 0) slots[free] = { kind: "own", slot: chosenUpTo + 1 + free };
    else slots.push({ kind: "own", slot: top + 1 });
  }
  return { chosenUpTo, slots, openFrom: chosenUpTo + slots.length + 1 };
}

function promiseBySlot(promise: Promised): Map<Slot, SlotPromise> {
  const slots = new Map<Slot, SlotPromise>();
  const put = (ref: VoteRef | ChosenRef, add: SlotPromise) => slots.set(ref.slot, { ...slots.get(ref.slot), ...add });
  for (const vote of promise.votes) put(vote, { vote });
  for (const chosen of promise.known) put(chosen, { chosen: chosen.entryId });
  return slots;
}
