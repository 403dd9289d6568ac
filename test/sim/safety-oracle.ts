import { type Ballot, ballotCompare } from "../../src/core/ballot.ts";
import { type Lives, livesEqual, livesMax, NO_LIVES } from "../../src/core/identity.ts";
import { CLOSED, type Entry, type Slot, type VoteKind } from "../../src/core/log.ts";
import type { AcceptorRequest } from "../../src/core/message.ts";
import { type Quorums, quorumsFor } from "../../src/core/quorum.ts";
import type { DurableIdentity, DurablePosition, DurableVote } from "./durable-vote.ts";
import type { Tally } from "./tally.ts";
import { demand } from "./violation.ts";

interface InBallot {
  readonly ballot: Ballot;
  readonly kind: VoteKind;
  /** Entry by acceptor and life. */
  readonly votes: Map<string, string>;
  /** Entry by acceptor, of those that counted with the same lives: only such votes are ever counted together. */
  readonly counted: Map<string, Counted>;
}

interface Counted {
  readonly lives: Lives;
  readonly votes: Map<number, string>;
}

interface SlotRecord {
  readonly ballots: Map<string, InBallot>;
  chosen: string | undefined;
}

interface Owned {
  readonly owner: string;
  readonly assigned: Map<Slot, string>;
  readonly opened: Set<Slot>;
  lowestOpen: Slot;
}

/**
 * Remembers every vote that was ever durable and every value that was ever sent, and asserts the protocol's
 * invariants (numbers as in the protocol) against that, whatever the acceptors remember themselves.
 */
export class SafetyOracle {
  readonly quorums: Quorums;
  readonly #tally: Tally;
  readonly #positions: (DurablePosition | undefined)[];
  readonly #identities: (DurableIdentity | undefined)[];
  /** The highest promise that each ever made durable, on this disk or an earlier one. */
  readonly #reached: (Ballot | undefined)[];
  readonly #current: Map<Slot, DurableVote>[];
  readonly #slots = new Map<Slot, SlotRecord>();
  readonly #bodies = new Map<string, Uint8Array>();
  readonly #ballots = new Map<string, Owned>();
  readonly #senders = new Map<string, string>();
  /** Acceptors whose disk is not the one that they wrote to, and which did not come back by the rules. */
  readonly #lost = new Set<number>();
  /** Every slot up to here is chosen. */
  prefix: Slot = 0;
  /** Called for each slot of the prefix, in order. */
  onDecided: (slot: Slot, entry: Entry) => void = () => {};

  constructor(members: number, tally: Tally) {
    this.quorums = quorumsFor(members);
    this.#tally = tally;
    this.#positions = Array.from({ length: members }, () => undefined);
    this.#identities = this.#positions.map(() => undefined);
    this.#reached = this.#positions.map(() => undefined);
    this.#current = Array.from({ length: members }, () => new Map<Slot, DurableVote>());
    this.#ballots.set("0.", { owner: "nobody", assigned: new Map(), opened: new Set([1]), lowestOpen: 1 });
  }

  chosen(slot: Slot): string | undefined {
    return this.#slots.get(slot)?.chosen;
  }

  /** Whether anything else than what was chosen had votes in `slot`. */
  rivals(slot: Slot): boolean {
    const found = this.#slots.get(slot);
    return [...(found?.ballots.values() ?? [])].some((one) =>
      [...one.votes.values()].some((id) => id !== found?.chosen),
    );
  }

  /** A request to an acceptor leaves `sender`, one instance of one machine. */
  sent(sender: string, request: AcceptorRequest): void {
    switch (request.kind) {
      case "prepare":
        return this.#sentPrepare(sender, request.ballot);
      case "accept":
        this.#sentAccept(sender, request.ballot, request.slot, request.entry);
        return this.#repeated(sender, request.ballot, request.slot, request.entry);
      case "fast-accept":
        this.#sentOpen(sender, request.ballot, request.openFrom);
        demand(request.slot >= request.openFrom, () => `10: a fast accept below its own open, ${text(request)}`);
        this.#proposed(request.entry);
        return this.#repeated(sender, request.ballot, request.slot, request.entry);
      case "open":
        return this.#sentOpen(sender, request.ballot, request.from);
      case "learn":
        for (const { slot, entryId, entry } of request.chosen) {
          this.told(sender, slot, entryId);
          demand(entry === undefined || entry.id === entryId, () => "13: a learn names two entries");
        }
        return;
      case "prefix":
        demand(request.upTo <= this.prefix, () => `13: ${sender} drops up to ${request.upTo}, chosen ${this.prefix}`);
        return;
      case "votes":
        return;
    }
  }

  /** Somebody was told that a slot is chosen. */
  told(by: string, slot: Slot, entryId: string | undefined): void {
    const chosen = this.chosen(slot);
    const holds = chosen !== undefined && (entryId === undefined || entryId === chosen);
    demand(holds, () => `13: ${by} says that slot ${slot} is chosen with ${entryId}; it is ${chosen ?? "undecided"}`);
  }

  toldPrefix(by: string, upTo: Slot): void {
    demand(upTo <= this.prefix, () => `13: ${by} says that all is chosen up to ${upTo}; it is up to ${this.prefix}`);
  }

  /** What an acceptor's disk holds after a turn became durable. `votes`: the slots that the turn was about. */
  durable(acceptor: number, identity: DurableIdentity, position: DurablePosition, votes: readonly DurableVote[]): void {
    this.#identify(acceptor, identity);
    this.#promise(acceptor, position);
    for (const vote of votes) this.#vote(acceptor, vote);
    this.toldPrefix(`acceptor ${acceptor}`, position.chosenUpTo);
  }

  /** The acceptor's disk is blank or an older copy: what it promised and voted for is not on it. */
  diskReplaced(acceptor: number): void {
    if (this.#identities[acceptor] !== undefined) this.#lost.add(acceptor);
    this.#positions[acceptor] = undefined;
    this.#current[acceptor]?.clear();
  }

  /** Nothing that was durable is gone: every vote that was not overwritten or dropped is still there. */
  remembers(acceptor: number, votes: readonly DurableVote[], firstSlot: Slot): void {
    const held = new Map(votes.map((vote) => [vote.slot, vote]));
    for (const [slot, vote] of this.#current[acceptor] ?? []) {
      if (slot < firstSlot) continue;
      const now = held.get(slot);
      const same = now?.entryId === vote.entryId && ballotCompare(now.ballot, vote.ballot) === 0;
      demand(same, () => `12: acceptor ${acceptor} lost its vote ${text(vote)}, has ${text(now)}`);
    }
  }

  #sentPrepare(sender: string, ballot: Ballot): void {
    const known = this.#ballots.get(key(ballot));
    demand(known === undefined || known.owner === sender, () => `6: ballot ${key(ballot)} has two owners`);
    if (known === undefined) {
      const owned = { owner: sender, assigned: new Map(), opened: new Set<Slot>(), lowestOpen: CLOSED };
      this.#ballots.set(key(ballot), owned);
    }
  }

  #sentAccept(sender: string, ballot: Ballot, slot: Slot, entry: Entry): void {
    const owned = this.#ballots.get(key(ballot));
    demand(owned !== undefined, () => `6: an accept in ballot ${key(ballot)}, which was never prepared`);
    const assigned = owned.assigned.get(slot);
    demand(
      assigned === undefined || assigned === entry.id,
      () => `6: ballot ${key(ballot)} assigned slot ${slot} twice`,
    );
    demand(assigned !== undefined || owned.owner === sender, () => `6: ${sender} assigns in another's ${key(ballot)}`);
    demand(
      slot < owned.lowestOpen,
      () => `10: ballot ${key(ballot)} is open from ${owned.lowestOpen}, accept at ${slot}`,
    );
    owned.assigned.set(slot, entry.id);
    this.#proposed(entry);
  }

  #sentOpen(sender: string, ballot: Ballot, from: Slot): void {
    if (from === CLOSED) return;
    const owned = this.#ballots.get(key(ballot));
    demand(owned !== undefined, () => `10: an open of ballot ${key(ballot)}, which was never prepared`);
    const mine = owned.owner === sender || owned.opened.has(from);
    demand(mine, () => `10: ${sender} says that ${key(ballot)} is open from ${from}; its owner never did`);
    owned.opened.add(from);
    owned.lowestOpen = Math.min(owned.lowestOpen, from);
    for (const slot of owned.assigned.keys()) {
      demand(slot < from, () => `10: ballot ${key(ballot)} opens from ${from} over its classic slot ${slot}`);
    }
  }

  #proposed({ id, body }: Entry): void {
    const known = this.#bodies.get(id);
    if (known === undefined) this.#bodies.set(id, body);
    else demand(same(known, body), () => `entry ${id} has two bodies`);
  }

  #repeated(sender: string, ballot: Ballot, slot: Slot, entry: Entry): void {
    const name = `${key(ballot)} ${slot} ${entry.id}`;
    const first = this.#senders.get(name);
    if (first === undefined) this.#senders.set(name, sender);
    else if (first !== sender) this.#tally.add("vote repeated by a helper");
  }

  /** An acceptor whose disk was replaced takes part again only in a new life. Its votes go with it to other lives. */
  #identify(acceptor: number, identity: DurableIdentity): void {
    const before = this.#identities[acceptor];
    const { life, lives } = identity;
    const isBack = this.#lost.has(acceptor);
    const isRight = before === undefined || (isBack ? life > before.life : life === before.life);
    demand(isRight, () => `12: acceptor ${acceptor} takes part in life ${life} after life ${before?.life}`);
    if (isBack) this.#tally.add("acceptor returned");
    this.#lost.delete(acceptor);
    this.#identities[acceptor] = identity;
    if (before === undefined || livesEqual(before.lives, lives)) return;
    const isKept = Object.entries(before.lives).every(([region, one]) => (lives[region] ?? 0) >= one);
    demand(isKept, () => `12: acceptor ${acceptor} forgot lives, ${text(before.lives)} became ${text(lives)}`);
    for (const vote of this.#current[acceptor]?.values() ?? []) {
      const record = this.#slot(vote.slot);
      const here = record.ballots.get(key(vote.ballot));
      if (vote.slot > this.prefix && here !== undefined) this.#count(record, here, acceptor, vote);
    }
  }

  #promise(acceptor: number, position: DurablePosition): void {
    const before = this.#positions[acceptor];
    this.#positions[acceptor] = position;
    const { promised, openFrom } = position;
    const reached = this.#reached[acceptor];
    if (reached === undefined || ballotCompare(promised, reached) > 0) this.#reached[acceptor] = promised;
    const opened = this.#ballots.get(key(promised))?.opened;
    demand(
      openFrom === CLOSED || opened?.has(openFrom) === true,
      () => `10: acceptor ${acceptor} has ${key(promised)} open from ${openFrom}, which its owner never said`,
    );
    if (before === undefined) return;
    const order = ballotCompare(promised, before.promised);
    demand(order >= 0, () => `3: acceptor ${acceptor} promised ${key(before.promised)}, then ${key(promised)}`);
    demand(order > 0 || openFrom <= before.openFrom, () => `acceptor ${acceptor} closed ${key(promised)} again`);
    demand(position.chosenUpTo >= before.chosenUpTo, () => `acceptor ${acceptor} forgot its chosen prefix`);
    demand(position.firstSlot >= before.firstSlot, () => `acceptor ${acceptor} took back what it dropped`);
  }

  #vote(acceptor: number, vote: DurableVote): void {
    const { slot, ballot, kind, entryId } = vote;
    const record = this.#slot(slot);
    let here = record.ballots.get(key(ballot));
    const earlier = here?.votes.get(this.#voter(acceptor));
    demand(earlier === undefined || earlier === entryId, () => `5: acceptor ${acceptor} voted twice, ${text(vote)}`);
    if (earlier !== undefined) return;

    demand(this.#bodies.has(entryId), () => `2: nobody proposed ${entryId}, voted for in slot ${slot}`);
    const promised = this.#positions[acceptor]?.promised;
    demand(
      promised !== undefined && ballotCompare(promised, ballot) >= 0,
      () => `4: vote above the promise, ${text(vote)}`,
    );
    const current = this.#current[acceptor]?.get(slot);
    demand(current === undefined || ballotCompare(ballot, current.ballot) > 0, () => `a vote went down, ${text(vote)}`);
    this.#current[acceptor]?.set(slot, vote);

    if (here === undefined) {
      here = { ballot, kind, votes: new Map(), counted: new Map() };
      record.ballots.set(key(ballot), here);
      this.#tallyBallot(record, vote);
    }
    const sameKind = here.kind === kind;
    demand(sameKind, () => `8: ballot ${key(ballot)} is ${here?.kind} and ${kind} in slot ${slot}`);
    for (const other of here.votes.values()) {
      if (other === entryId) continue;
      demand(kind === "fast", () => `7: ballot ${key(ballot)} has two classic values in slot ${slot}`);
      this.#tally.add("collision");
      break;
    }
    here.votes.set(this.#voter(acceptor), entryId);
    this.#below(record, vote);
    this.#count(record, here, acceptor, vote);
  }

  /** An acceptor in one of its lives. */
  #voter(acceptor: number): string {
    return `${acceptor}/${this.#identities[acceptor]?.life ?? 0}`;
  }

  /** 9: a ballot in use has a phase 1 quorum behind it, and nothing else can be chosen below a vote. */
  #below(record: SlotRecord, { slot, ballot, entryId }: DurableVote): void {
    if (ballot.n === 0) return;
    const reached = this.#reached.filter((one) => one !== undefined && ballotCompare(one, ballot) >= 0);
    demand(reached.length >= this.quorums.phase1, () => `9: ballot ${key(ballot)} votes without a phase 1 quorum`);
    for (const lower of record.ballots.values()) {
      if (ballotCompare(lower.ballot, ballot) >= 0) continue;
      const needed = lower.kind === "fast" ? this.quorums.fast : this.quorums.classic;
      for (const { lives, votes } of lower.counted.values()) {
        for (const entry of new Set(votes.values())) {
          if (entry === entryId) continue;
          const count = this.#positions.filter(
            (_, acceptor) => votes.get(acceptor) === entry || this.#mayVote(acceptor, lower, lives, slot, entry),
          ).length;
          demand(
            count < needed,
            () =>
              `9: ${entry} is still choosable at ${key(lower.ballot)} below ${key(ballot)} for ${entryId} in slot ${slot}`,
          );
        }
      }
    }
  }

  /** Whether an acceptor may yet be counted for `entry` in that ballot by somebody who counts with these lives. */
  #mayVote(acceptor: number, { ballot, votes }: InBallot, lives: Lives, slot: Slot, entry: string): boolean {
    if (this.#lost.has(acceptor)) return false;
    const own = this.#identities[acceptor]?.lives ?? NO_LIVES;
    if (!livesEqual(livesMax(own, lives), lives)) return false;
    const held = this.#current[acceptor]?.get(slot);
    if (held !== undefined && ballotCompare(held.ballot, ballot) === 0) return held.entryId === entry;
    const promised = this.#positions[acceptor]?.promised;
    return !votes.has(this.#voter(acceptor)) && (promised === undefined || ballotCompare(promised, ballot) <= 0);
  }

  #count(record: SlotRecord, here: InBallot, acceptor: number, { slot, entryId }: DurableVote): void {
    const lives = this.#identities[acceptor]?.lives ?? NO_LIVES;
    const name = text(Object.entries(lives).sort(([a], [b]) => (a < b ? -1 : 1)));
    let counted = here.counted.get(name);
    if (counted === undefined) {
      counted = { lives, votes: new Map() };
      here.counted.set(name, counted);
    }
    counted.votes.set(acceptor, entryId);
    let count = 0;
    for (const entry of counted.votes.values()) if (entry === entryId) count++;
    if (count < (here.kind === "fast" ? this.quorums.fast : this.quorums.classic)) return;
    const before = record.chosen;
    demand(before === undefined || before === entryId, () => `1: slot ${slot} is chosen with ${before} and ${entryId}`);
    record.chosen = entryId;
    for (;;) {
      const next = this.chosen(this.prefix + 1);
      const body = next === undefined ? undefined : this.#bodies.get(next);
      if (next === undefined || body === undefined) return;
      this.prefix++;
      this.onDecided(this.prefix, { id: next, body });
    }
  }

  #tallyBallot(record: SlotRecord, { kind, entryId }: DurableVote): void {
    const ballots = [...record.ballots.values()];
    if (kind === "classic" && ballots.some((one) => one.kind === "fast" && [...one.votes.values()].includes(entryId))) {
      this.#tally.add("fast value recovered");
    }
    if (ballots.filter((one) => one.kind === "classic").length > 1) this.#tally.add("recovery of a recovery");
  }

  #slot(slot: Slot): SlotRecord {
    let found = this.#slots.get(slot);
    if (found === undefined) {
      found = { ballots: new Map(), chosen: undefined };
      this.#slots.set(slot, found);
    }
    return found;
  }
}

function key({ n, proposer }: Ballot): string {
  return `${n}.${proposer}`;
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && a.every((byte, index) => byte === b[index]));
}
