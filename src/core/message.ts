import type { Ballot } from "./ballot.ts";
import type { ChosenRef, Entry, Slot, VoteKind, VoteRef } from "./log.ts";

/** What an acceptor can be asked. */
export type AcceptorRequest = Prepare | Accept | FastAccept | Open | Learn | Prefix | Votes;

/** Phase 1. `from - 1` is a prefix that the proposer *knows* to be chosen. */
export interface Prepare {
  readonly kind: "prepare";
  readonly ballot: Ballot;
  readonly from: Slot;
  /** Where the owner can be found if it means to lead; a hint. */
  readonly leader?: string | undefined;
}

/** Phase 2 for a value that the ballot's owner gave to the slot. */
export interface Accept {
  readonly kind: "accept";
  readonly ballot: Ballot;
  readonly slot: Slot;
  readonly entry: Entry;
  readonly leader?: string | undefined;
}

/** Phase 2 in an open slot, from anybody. Carries the open, for acceptors that have not heard of it. */
export interface FastAccept {
  readonly kind: "fast-accept";
  readonly ballot: Ballot;
  readonly openFrom: Slot;
  readonly slot: Slot;
  readonly entry: Entry;
}

/** The owner of `ballot` declares every slot at or above `from` open in it. */
export interface Open {
  readonly kind: "open";
  readonly ballot: Ballot;
  readonly from: Slot;
}

/** Slots that are chosen, and with what. `entry` is needed only where the acceptor has no vote for that id. */
export interface Learn {
  readonly kind: "learn";
  readonly chosen: readonly (ChosenRef & { readonly entry?: Entry | undefined })[];
}

/** Everything up to `upTo` is chosen and held by a majority of home learners: drop it. */
export interface Prefix {
  readonly kind: "prefix";
  readonly upTo: Slot;
}

/** Tell what you know above your chosen prefix. Writes nothing. */
export interface Votes {
  readonly kind: "votes";
}

/** Where an acceptor stands; on every reply. (promised, openFrom) is one indivisible hint. */
export interface Position {
  readonly promised: Ballot;
  readonly openFrom: Slot;
  readonly chosenUpTo: Slot;
  readonly firstSlot: Slot;
  /** Where the owner of `promised` can be found, if it said that it leads. */
  readonly leader?: string | undefined;
}

export type AcceptorReply = Promised | Voted | AlreadyChosen | Nack | Opened | Learned | VotesReply;

/** The votes at the instant of promising, whole, above `position.chosenUpTo`. */
export interface Promised {
  readonly kind: "promised";
  readonly position: Position;
  readonly ballot: Ballot;
  readonly votes: readonly VoteRef[];
  readonly known: readonly ChosenRef[];
}

/** The acceptor's vote in that slot and ballot; not always for the entry that was sent. */
export interface Voted {
  readonly kind: "voted";
  readonly position: Position;
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly voteKind: VoteKind;
  readonly entryId: string;
}

/** The slot is decided. Never a vote. `entryId` is absent when the slot was dropped: fetch a snapshot. */
export interface AlreadyChosen {
  readonly kind: "already-chosen";
  readonly position: Position;
  readonly slot: Slot;
  readonly entryId?: string | undefined;
}

export type NackReason =
  /** A higher ballot is promised. */
  | "ballot"
  /** The slot is not open in this ballot. */
  | "closed"
  /** The slot is too far above the acceptor's chosen prefix. */
  | "window"
  /** This ballot was promised before and votes were cast in it: the old answer can not be given again. */
  | "promised-before"
  /** A classic value for a slot that its owner had opened: a bug in the proposer. */
  | "owner-broke-word";

export interface Nack {
  readonly kind: "nack";
  readonly position: Position;
  readonly reason: NackReason;
}

export interface Opened {
  readonly kind: "opened";
  readonly position: Position;
}

/** `missing`: slots that could not be recorded because the acceptor has no body for them. */
export interface Learned {
  readonly kind: "learned";
  readonly position: Position;
  readonly missing: readonly Slot[];
}

export interface VotesReply {
  readonly kind: "votes";
  readonly position: Position;
  readonly votes: readonly VoteRef[];
  readonly known: readonly ChosenRef[];
}
