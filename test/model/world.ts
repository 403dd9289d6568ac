import { BALLOT_ZERO, type Ballot, ballotAbove } from "../../src/core/ballot.ts";
import type { Entry, Slot } from "../../src/core/log.ts";
import type { AcceptorRequest, Prepare } from "../../src/core/message.ts";
import { type Quorums, quorumsFor } from "../../src/core/quorum.ts";
import type { Config } from "./config.ts";

/** What can be named in one configuration. Ballots and entries are numbers everywhere else. */
export interface World {
  readonly config: Config;
  /** As the protocol has them: given to its functions. */
  readonly quorums: Quorums;
  /** As the definition of "chosen" has them: written here a second time, for a wrong table to differ from. */
  readonly chosenBy: { readonly classic: number; readonly fast: number };
  /** Ascending, the epoch's first ballot at 0. */
  readonly ballots: readonly Ballot[];
  /** The ballot of each attempt. */
  readonly attemptBallot: readonly number[];
  readonly entries: readonly Entry[];
  readonly clients: readonly number[];
  /** What each attempt brings, and what it fills a free slot with. */
  readonly own: readonly (number | undefined)[];
  readonly noop: readonly number[];
}

export function worldOf(config: Config): World {
  const { members } = config;
  const entries: Entry[] = [];
  const entry = (id: string): number => {
    const found = entries.findIndex((one) => one.id === id);
    return found >= 0 ? found : entries.push({ id, body: new Uint8Array() }) - 1;
  };
  const clients = config.clients.map(entry);
  const own = config.attempts.map((attempt) => (attempt.own === undefined ? undefined : entry(attempt.own)));
  // Fresh for every construction, like any entry: two NOOPs are two entries.
  const noop = config.attempts.map((_, index) => entry(`noop-${PROPOSERS[index]}`));

  const attempts = config.attempts.map((_, index) => attemptBallotOf(config.twin === "ballot reuse" ? 0 : index));
  const ballots = [BALLOT_ZERO, ...attempts]
    .sort(before)
    .filter((ballot, index, all) => index === 0 || before(all[index - 1] as Ballot, ballot) !== 0);
  return {
    config,
    quorums: quorumsFor(members),
    chosenBy: { classic: Math.floor(members / 2) + 1, fast: Math.ceil((3 * members) / 4) },
    ballots,
    attemptBallot: attempts.map((ballot) => ballots.findIndex((one) => before(one, ballot) === 0)),
    entries,
    clients,
    own,
    noop,
  };
}

const PROPOSERS = ["p", "q", "r", "s"];

/** The first two saw nothing but the epoch's first ballot and share their n; the third heard of the second. */
function attemptBallotOf(index: number): Ballot {
  const seen = index < 2 ? BALLOT_ZERO : { n: index - 1, proposer: "" };
  return ballotAbove(seen, PROPOSERS[index] as string);
}

/** The order of ballots, written a second time. */
function before(a: Ballot, b: Ballot): number {
  if (a.n !== b.n) return a.n - b.n;
  return a.proposer < b.proposer ? -1 : Number(a.proposer > b.proposer);
}

export function ballotIndex(world: World, ballot: Ballot): number {
  const found = world.ballots.findIndex((one) => one.n === ballot.n && one.proposer === ballot.proposer);
  if (found < 0) throw new Error(`a ballot from nowhere: ${ballot.n}.${ballot.proposer}`);
  return found;
}

export function entryIndex(world: World, id: string): number {
  const found = world.entries.findIndex((one) => one.id === id);
  if (found < 0) throw new Error(`an entry from nowhere: ${id}`);
  return found;
}

/** A crash, and what was stored read back: for an acceptor as it should be, nothing changes. */
export interface Restart {
  readonly kind: "restart";
}

/** The first turn of an acceptor that takes two for a promise. */
export interface Peek {
  readonly kind: "peek";
  readonly prepare: Prepare;
}

/** A message that may be in the network. */
export interface Message {
  readonly request: AcceptorRequest | Restart | Peek;
  /** Whose it is, when a reply to it is kept. */
  readonly attempt?: number;
  readonly text: string;
}

/** Where something stands, or the slot beyond the last one. */
export function slotsOf(config: Config): readonly Slot[] {
  return Array.from({ length: config.slots }, (_, index) => index + 1);
}
