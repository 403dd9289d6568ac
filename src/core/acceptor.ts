import { type Ballot, ballotCompare } from "./ballot.ts";
import { invariant } from "./invariant.ts";
import { type ChosenRef, CLOSED, type Entry, type Slot, type Vote, type VoteRef, WINDOW_SLOTS } from "./log.ts";
import type {
  Accept,
  AcceptorReply,
  AcceptorRequest,
  FastAccept,
  Learn,
  Nack,
  NackReason,
  Open,
  Position,
  Prefix,
  Prepare,
} from "./message.ts";

/** An acceptor's durable state, as a step reads it. */
export interface AcceptorView extends Position {
  /** The vote in `slot`: the one with the highest ballot. */
  vote(slot: Slot): Vote | undefined;
  /** The explicit mark that `slot` is chosen with this entry; kept apart from votes. */
  known(slot: Slot): Entry | undefined;
  /** Slots above `slot` that hold a vote or a mark, ascending. */
  slotsAbove(slot: Slot): readonly Slot[];
  /** Whether any retained vote was cast in `ballot`. */
  votedIn(ballot: Ballot): boolean;
}

/** What a step changes. To be stored, all of it or nothing, before the reply leaves. */
export type AcceptorWrite =
  | { readonly kind: "promise"; readonly ballot: Ballot; readonly openFrom: Slot; readonly leader?: string | undefined }
  | { readonly kind: "vote"; readonly slot: Slot; readonly vote: Vote }
  | { readonly kind: "known"; readonly slot: Slot; readonly entry: Entry }
  | { readonly kind: "chosen-up-to"; readonly slot: Slot }
  /** Delete everything below `firstSlot`. */
  | { readonly kind: "first-slot"; readonly slot: Slot };

export interface AcceptorStep {
  readonly writes: readonly AcceptorWrite[];
  readonly reply: AcceptorReply;
}

/**
 * One message is one turn: nothing else happens to the state between the look and the write. `windowSlots`: how far above
 * the chosen prefix fast votes are cast.
 */
export function acceptorStep(
  state: AcceptorView,
  request: AcceptorRequest,
  windowSlots: number = WINDOW_SLOTS,
): AcceptorStep {
  switch (request.kind) {
    case "prepare":
      return stepPrepare(state, request);
    case "accept":
      return stepAccept(state, request);
    case "fast-accept":
      return stepFastAccept(state, request, windowSlots);
    case "open":
      return stepOpen(state, request);
    case "learn":
      return stepLearn(state, request);
    case "prefix":
      return stepPrefix(state, request);
    case "votes":
      return { writes: [], reply: { kind: "votes", position: position(state), ...undecided(state, 0) } };
  }
}

/** The entry `slot` is known to be chosen with. Inside the prefix a vote without a mark beside it is the chosen one. */
export function acceptorChosen(state: AcceptorView, slot: Slot): Entry | undefined {
  const marked = state.known(slot);
  if (marked !== undefined || slot > state.chosenUpTo) return marked;
  return state.vote(slot)?.entry;
}

/** The acceptor's half of phase 1 (Paxos Made Simple, 2.2; protocol, "Acceptor"). */
function stepPrepare(state: AcceptorView, { ballot, from, leader }: Prepare): AcceptorStep {
  const order = ballotCompare(ballot, state.promised);
  if (order < 0) return nack(state, "ballot");
  // The same Prepare delivered twice gets the same answer, as long as that answer is still the whole truth.
  if (order === 0 && state.votedIn(ballot)) return nack(state, "promised-before");

  const writes: AcceptorWrite[] = order === 0 ? [] : [{ kind: "promise", ballot, openFrom: CLOSED, leader }];
  const { votes, known } = undecided(state, from - 1);
  return { writes, reply: { kind: "promised", position: position(state, writes), ballot, votes, known } };
}

/** Phase 2 for a classic value. */
function stepAccept(state: AcceptorView, { ballot, slot, entry, leader }: Accept): AcceptorStep {
  const decided = alreadyChosen(state, slot);
  if (decided !== undefined) return decided;

  const order = ballotCompare(ballot, state.promised);
  if (order < 0) return nack(state, "ballot");
  if (order === 0 && slot >= state.openFrom) return nack(state, "owner-broke-word");

  const existing = state.vote(slot);
  if (existing !== undefined && ballotCompare(existing.ballot, ballot) === 0) {
    invariant(existing.entry.id === entry.id, "7: equal entries for all classic votes at one ballot and slot");
    return voted(state, slot, existing, []);
  }
  // The promise is raised even without a Prepare, or a later vote at a lower ballot would slip in below this one.
  const raise: AcceptorWrite[] = order > 0 ? [{ kind: "promise", ballot, openFrom: CLOSED, leader }] : [];
  return cast(state, slot, { ballot, kind: "classic", entry }, raise);
}

/** Phase 2 in an open slot: the first entry that comes gets this ballot's one vote (Fast Paxos, 2.2). */
function stepFastAccept(
  state: AcceptorView,
  { ballot, openFrom, slot, entry }: FastAccept,
  windowSlots: number,
): AcceptorStep {
  const decided = alreadyChosen(state, slot);
  if (decided !== undefined) return decided;
  if (ballotCompare(ballot, state.promised) < 0) return nack(state, "ballot");

  const opened = openWrites(state, ballot, openFrom);
  if (slot < position(state, opened).openFrom) return nack(state, "closed", opened);
  if (slot > state.chosenUpTo + windowSlots) return nack(state, "window", opened);

  const existing = state.vote(slot);
  // One vote per ballot and slot: whoever asks is told the vote that stands.
  if (existing !== undefined && ballotCompare(existing.ballot, ballot) === 0) {
    return voted(state, slot, existing, opened);
  }
  return cast(state, slot, { ballot, kind: "fast", entry }, opened);
}

function stepOpen(state: AcceptorView, { ballot, from }: Open): AcceptorStep {
  if (ballotCompare(ballot, state.promised) < 0) return nack(state, "ballot");
  const writes = openWrites(state, ballot, from);
  return { writes, reply: { kind: "opened", position: position(state, writes) } };
}

/** An open raises the promise to its ballot, or lowers `openFrom` within it; learning it late is legal. */
function openWrites(state: AcceptorView, ballot: Ballot, from: Slot): AcceptorWrite[] {
  const order = ballotCompare(ballot, state.promised);
  if (order > 0) return [{ kind: "promise", ballot, openFrom: from }];
  if (order < 0 || from >= state.openFrom) return [];
  return [{ kind: "promise", ballot, openFrom: from, leader: state.leader }];
}

/** Marks chosen slots and moves the prefix over those whose entry is at hand. */
function stepLearn(state: AcceptorView, { chosen }: Learn): AcceptorStep {
  const writes: AcceptorWrite[] = [];
  const missing: Slot[] = [];
  const marked = new Map<Slot, string>();
  let upTo = state.chosenUpTo;
  for (const { slot, entryId, entry } of chosen) {
    const already = marked.get(slot) ?? (slot < state.firstSlot ? undefined : acceptorChosen(state, slot)?.id);
    invariant(already === undefined || already === entryId, "1: no two entries are chosen in one slot");
    if (slot <= upTo || already !== undefined) continue;

    const vote = state.vote(slot)?.entry;
    const chosenEntry = vote?.id === entryId ? vote : entry;
    if (chosenEntry?.id !== entryId) {
      missing.push(slot);
      continue;
    }
    marked.set(slot, entryId);
    // Next in line and voted for: the vote itself is what the prefix serves, and no row but the prefix's is written.
    if (slot !== upTo + 1 || chosenEntry !== vote) writes.push({ kind: "known", slot, entry: chosenEntry });
    while (marked.has(upTo + 1) || state.known(upTo + 1) !== undefined) upTo++;
  }
  if (upTo > state.chosenUpTo) writes.push({ kind: "chosen-up-to", slot: upTo });
  return { writes, reply: { kind: "learned", position: position(state, writes), missing } };
}

/** Drops a prefix that a majority of home learners hold, or skips one that this acceptor slept through. */
function stepPrefix(state: AcceptorView, { upTo }: Prefix): AcceptorStep {
  const writes: AcceptorWrite[] = [];
  if (upTo > state.chosenUpTo) {
    let end = upTo;
    while (state.known(end + 1) !== undefined) end++;
    writes.push({ kind: "chosen-up-to", slot: end });
  }
  if (upTo >= state.firstSlot) writes.push({ kind: "first-slot", slot: upTo + 1 });
  return { writes, reply: { kind: "learned", position: position(state, writes), missing: [] } };
}

/** Any message about a decided slot is told so, at whatever ballot; nothing is written and it is never a vote. */
function alreadyChosen(state: AcceptorView, slot: Slot): AcceptorStep | undefined {
  const dropped = slot < state.firstSlot;
  const entry = dropped ? undefined : acceptorChosen(state, slot);
  if (!dropped && entry === undefined) {
    invariant(slot > state.chosenUpTo, "14: every slot of the prefix has its entry or is below firstSlot");
    return undefined;
  }
  return { writes: [], reply: { kind: "already-chosen", position: position(state), slot, entryId: entry?.id } };
}

function cast(state: AcceptorView, slot: Slot, vote: Vote, before: readonly AcceptorWrite[]): AcceptorStep {
  const writes: AcceptorWrite[] = [...before, { kind: "vote", slot, vote }];
  const promised = position(state, writes).promised;
  invariant(ballotCompare(promised, vote.ballot) === 0, "4: a vote leaves the promise at its ballot or above");
  return voted(state, slot, vote, writes);
}

function voted(state: AcceptorView, slot: Slot, vote: Vote, writes: readonly AcceptorWrite[]): AcceptorStep {
  const { ballot, kind, entry } = vote;
  const where = position(state, writes);
  return { writes, reply: { kind: "voted", position: where, slot, ballot, voteKind: kind, entryId: entry.id } };
}

function nack(state: AcceptorView, reason: NackReason, writes: readonly AcceptorWrite[] = []): AcceptorStep {
  const reply: Nack = { kind: "nack", position: position(state, writes), reason };
  return { writes, reply };
}

/** Votes and marks above the chosen prefix and above `below`. */
function undecided(state: AcceptorView, below: Slot): { votes: VoteRef[]; known: ChosenRef[] } {
  const votes: VoteRef[] = [];
  const known: ChosenRef[] = [];
  for (const slot of state.slotsAbove(Math.max(below, state.chosenUpTo))) {
    const vote = state.vote(slot);
    if (vote !== undefined) votes.push({ slot, ballot: vote.ballot, kind: vote.kind, entryId: vote.entry.id });
    const entry = state.known(slot);
    if (entry !== undefined) known.push({ slot, entryId: entry.id });
  }
  return { votes, known };
}

/** Where the acceptor stands once `writes` are stored. */
function position(state: AcceptorView, writes: readonly AcceptorWrite[] = []): Position {
  let { promised, openFrom, chosenUpTo, firstSlot, leader } = state;
  for (const write of writes) {
    if (write.kind === "promise") {
      invariant(ballotCompare(write.ballot, promised) >= 0, "3: promised never decreases");
      promised = write.ballot;
      openFrom = write.openFrom;
      leader = write.leader;
    } else if (write.kind === "chosen-up-to") {
      chosenUpTo = write.slot;
    } else if (write.kind === "first-slot") {
      firstSlot = write.slot;
    }
  }
  return { promised, openFrom, chosenUpTo, firstSlot, leader };
}
