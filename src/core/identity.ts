import { type Ballot, ballotCompare } from "./ballot.ts";
import { invariant } from "./invariant.ts";
import type { Slot } from "./log.ts";
import type { Position } from "./message.ts";

/** How often each acceptor returned after it lost its storage. One that never did is left out. */
export type Lives = Readonly<Record<string, number>>;

export const NO_LIVES: Lives = {};

/** What an acceptor recorded of one of its peers. */
export interface PeerRecord {
  readonly life: number;
  /** Which storage lives that life; absent where the life is known by hearsay only. */
  readonly nonce?: string | undefined;
}

/**
 * `blank`: drew a nonce, and answers nothing until enough peers recorded it. `lost-storage`, `older-copy`: answers
 * nothing until it returned.
 */
export type Standing = "enrolled" | "blank" | "lost-storage" | "older-copy";

/** Who an acceptor is, for itself and for its peers (protocol, "Lives"). Stored beside its promise. */
export interface Identity {
  readonly standing: Standing;
  readonly nonce: string;
  readonly life: number;
  readonly peers: Readonly<Record<string, PeerRecord>>;
}

/** Stands for the nonce of an acceptor that is known to have stored something, by one that never recorded which. */
export const NONCE_UNRECORDED = "unrecorded";

/** Of state that was written before there were identities: it counts as enrolled, and so do its peers. */
export function identityCarriedOver(peers: readonly string[]): Identity {
  return { standing: "enrolled", nonce: NONCE_UNRECORDED, life: 0, peers: peersKnown(peers, NO_LIVES) };
}

/** That all of `peers` have stored something: a blank one among them lost it. */
function peersKnown(peers: readonly string[], lives: Lives): Readonly<Record<string, PeerRecord>> {
  return Object.fromEntries(peers.map((peer) => [peer, { life: lives[peer] ?? 0, nonce: NONCE_UNRECORDED }]));
}

/** How many peers have to record a blank acceptor's nonce before it answers: ⌈(N + f − 1) / 2⌉. */
export function enrolmentPeers(members: number): number {
  return Math.ceil((members + (members - 1) / 2 - 1) / 2);
}

/** The lives that an acceptor recorded, its own among them. */
export function livesOf(identity: Identity, self: string): Lives {
  const lives: Record<string, number> = {};
  for (const [peer, { life }] of Object.entries(identity.peers)) if (life > 0) lives[peer] = life;
  if (identity.life > 0) lives[self] = identity.life;
  return lives;
}

export function livesMax(a: Lives, b: Lives): Lives {
  const lives: Record<string, number> = { ...a };
  for (const [member, life] of Object.entries(b)) lives[member] = Math.max(life, lives[member] ?? 0);
  return lives;
}

export function livesEqual(a: Lives, b: Lives): boolean {
  return Object.keys({ ...a, ...b }).every((member) => (a[member] ?? 0) === (b[member] ?? 0));
}

/** An identity after a call, and whether the call may be answered. */
export interface Admission {
  readonly identity: Identity;
  readonly admitted: boolean;
}

/**
 * Whether an acceptor answers a call that names these lives: only if they are those it recorded. It takes higher ones
 * from any call, but never its own: that it returned it knows better than anybody.
 */
export function livesAdmit(identity: Identity, self: string, called: Lives): Admission {
  const peers: Record<string, PeerRecord> = { ...identity.peers };
  let isRaised = false;
  for (const [peer, life] of Object.entries(called)) {
    if (peer === self || life <= (peers[peer]?.life ?? 0)) continue;
    peers[peer] = { life };
    isRaised = true;
  }
  const after = isRaised ? { ...identity, peers } : identity;
  return { identity: after, admitted: livesEqual(livesOf(after, self), called) };
}

/** Records a blank peer's nonce. Not admitted: another was recorded, so that peer lost what it had stored. */
export function enrolmentRecord(identity: Identity, peer: string, nonce: string): Admission {
  const held = identity.peers[peer];
  if (held === undefined) {
    return { identity: { ...identity, peers: { ...identity.peers, [peer]: { life: 0, nonce } } }, admitted: true };
  }
  return { identity, admitted: held.life === 0 && held.nonce === nonce };
}

/** Records which storage of `peer` returns with this life. Not admitted: another one did, or a later life is known. */
export function returnRecord(identity: Identity, peer: string, { life, nonce }: Required<PeerRecord>): Admission {
  const held = identity.peers[peer] ?? { life: 0 };
  const isTaken = held.life === life && held.nonce !== undefined && held.nonce !== nonce;
  if (held.life > life || isTaken) return { identity, admitted: false };
  if (held.life === life && held.nonce === nonce) return { identity, admitted: true };
  return { identity: { ...identity, peers: { ...identity.peers, [peer]: { life, nonce } } }, admitted: true };
}

/** What an acceptor is once enough peers recorded its nonce. */
export function identityEnrolled(identity: Identity): Identity {
  invariant(identity.standing === "blank", "an acceptor that enrols was blank");
  return { ...identity, standing: "enrolled" };
}

/** What an acceptor is once it returned: the namespace is in use, so each of its peers has stored something. */
export function identityReturned(identity: Identity, lives: Lives, self: string, peers: readonly string[]): Identity {
  const life = lives[self] ?? 0;
  invariant(life > identity.life, "an acceptor returns with a new life");
  return { ...identity, standing: "enrolled", life, peers: peersKnown(peers, lives) };
}

/** Answers nothing from now on, under a nonce that nobody recorded. */
export function identitySilenced(identity: Identity, standing: "lost-storage" | "older-copy", nonce: string): Identity {
  return { ...identity, standing, nonce };
}

/** The most that a home learner was told by an acceptor, and in which of its lives. */
export interface Witness {
  readonly life: number;
  readonly promised: Ballot;
  readonly chosenUpTo: Slot;
}

/** A call, as far as it tells who counts with whom. */
export interface CallLives {
  readonly lives: Lives;
  /** The acceptor that returns by this call; `lives` names its new life. */
  readonly returning?: { readonly region: string; readonly nonce: string } | undefined;
}

/** As `livesAdmit`, of a call by which a peer may return: it is recorded in the turn in which the call is answered. */
export function callAdmit(identity: Identity, self: string, { lives, returning }: CallLives): Admission {
  if (returning === undefined) return livesAdmit(identity, self, lives);
  const storage = { life: lives[returning.region] ?? 0, nonce: returning.nonce };
  const recorded = returnRecord(identity, returning.region, storage);
  return recorded.admitted ? livesAdmit(recorded.identity, self, lives) : { identity, admitted: false };
}

/**
 * Whether an acceptor that stands at `at` has an older copy of its disk: a caller knows of a return that is not on it,
 * or the home learner was told more than it holds.
 */
export function isOlderCopy(
  { life }: Identity,
  at: Pick<Position, "promised" | "chosenUpTo">,
  { ownLife, told }: { readonly ownLife: number; readonly told?: Witness | undefined },
): boolean {
  if (ownLife > life) return true;
  if (told === undefined || told.life < life) return false;
  return told.life > life || ballotCompare(at.promised, told.promised) < 0 || at.chosenUpTo < told.chosenUpTo;
}
