import { BALLOT_ZERO, type Ballot, ballotAbove, ballotEqual, ballotMax } from "../../core/ballot.ts";
import { chosenByVotes } from "../../core/choose.ts";
import { CLOSED, type Entry, type Slot, type VoteRef } from "../../core/log.ts";
import type { AcceptorReply, AcceptorRequest, Position, Promised, VotesReply } from "../../core/message.ts";
import {
  acceptVerdict,
  type FastVerdict,
  fastVerdict,
  prepareVerdict,
  type RecoveryPlan,
  type Reply,
  recoveryPlan,
} from "../../core/proposer.ts";
import { type Quorums, quorumsFor } from "../../core/quorum.ts";
import { type ReadPlan, readPlan } from "../../core/read.ts";
import type { Configuration } from "../../network/address.ts";
import { backoffMs, type Host, sleep } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { quorumRoundTripMs } from "../../network/round-trip.ts";
import { NOOP_BODY } from "../../state/entry.ts";
import * as limits from "../limits.ts";
import type { AcceptorCall, Decided, Hint, Parts } from "../rpc/call.ts";
import type { Health } from "../rpc/health.ts";
import { type Answers, askAll, askNearest, votesCall } from "../rpc/round.ts";
import { Bodies } from "./bodies.ts";

/** What a recovery decided. `complete`: everything that was asked for is among it or below it. */
export interface Finished {
  readonly complete: boolean;
  readonly decided: readonly Decided[];
  readonly hint?: Hint | undefined;
  /** Where the caller's own entry was chosen. */
  readonly ownSlot?: Slot | undefined;
  /** The first slot that was not given a value in the ballot of `hint`. */
  readonly nextSlot?: Slot | undefined;
  /** Whether an acceptor may have voted for the caller's own entry. */
  readonly ownMayBeVoted: boolean;
}

/**
 * Runs rounds: sends, counts, and decides what to send next. Holds nothing that may not be lost. The same code in a
 * Worker for one request, in a learner that drives a gap, and in an acceptor's alarm.
 */
export class Proposer {
  readonly host: Host;
  readonly parts: Parts;
  readonly configuration: Configuration;
  readonly health: Health;
  readonly quorums: Quorums;
  /** The highest ballot heard of. */
  #seen: Ballot = BALLOT_ZERO;
  /** Rounds of messages run so far. */
  trips = 0;

  constructor(host: Host, parts: Parts, configuration: Configuration, health: Health) {
    this.host = host;
    this.parts = parts;
    this.configuration = configuration;
    this.health = health;
    this.quorums = quorumsFor(configuration.members.length);
  }

  /** Somebody promised this ballot: the next attempt goes above it at once, and not after a round of refusals. */
  heard(ballot: Ballot): void {
    this.#seen = ballotMax(this.#seen, ballot);
  }

  /** Whether enough acceptors answered lately for a fast quorum. */
  get fastPossible(): boolean {
    return this.health.alive(this.configuration.members) >= this.quorums.fast;
  }

  /** One fast round. `hint`: the best position heard in it. */
  async fast(
    entry: Entry,
    slot: Slot,
    hint: Hint,
  ): Promise<{ verdict: FastVerdict; position: Position | undefined; anyVote: boolean }> {
    const { ballot, openFrom } = hint;
    const round = { ballot, slot, entryId: entry.id };
    return this.#round([{ kind: "fast-accept", ballot, openFrom, slot, entry }], (answers) => {
      const replies = repliesAt(answers, 0);
      const verdict = fastVerdict(this.quorums, round, replies);
      if (verdict.kind === "pending") return undefined;
      const isRepeated = answers.some((answer) => typeof answer === "object" && answer.repeated === true);
      const anyVote = isRepeated || replies.some((reply) => mayBecomeVote(reply, entry.id));
      return { verdict, position: bestPosition(replies), anyVote };
    });
  }

  /**
   * Decides every slot from `from` to `upTo` and, if there is one, the caller's own entry (protocol, "Proposer":
   * recover). `from - 1` must be known to be chosen. `lead`: keep the ballot instead of opening the log behind it, and
   * let the acceptors tell where the owner is.
   */
  async recover(wants: Wants): Promise<Finished> {
    let ownMayBeVoted = false;
    for (let attempt = 0; attempt < limits.RECOVER_ATTEMPTS_MAX; attempt++) {
      if (attempt > 0) await this.#backoff(attempt);
      if (this.host.now() >= wants.deadlineAt) break;
      const ballot = ballotAbove(this.#seen, this.host.freshId());
      const prepared = await this.#prepare(ballot, wants.from, wants.lead);
      if (prepared.kind !== "promised") continue;

      const bodies = new Bodies(prepared.entries);
      const { promises } = prepared;
      const plan = recoveryPlan(this.quorums, promises, { ...wants, own: wants.own?.id });
      if (!(await bodies.fetch(this, plan))) continue;
      const assigned = assign(plan, bodies, wants.own, () => this.host.freshId());
      if (assigned.some((one) => one.entry.id === wants.own?.id && one.vote)) ownMayBeVoted = true;
      if (!(await this.#acceptAll(ballot, assigned, wants.lead))) continue;

      const { lead } = wants;
      const nextSlot = plan.openFrom;
      const hint = lead === undefined ? this.reopen(ballot, nextSlot) : { ballot, openFrom: CLOSED, leader: lead };
      const ownSlot = assigned.find((one) => one.entry.id === wants.own?.id)?.slot;
      return { complete: true, decided: assigned, hint, ownSlot, nextSlot, ownMayBeVoted };
    }
    return { complete: false, decided: [], ownMayBeVoted };
  }

  /**
   * Gets slots `from` to `upTo` decided with as little force as it takes: looks whether they are, repeats the votes
   * that stand as their proposers sent them, and only then recovers (protocol, "Learning"). Leaves out what an
   * acceptor has in its chosen prefix: that is decided, and to be read from its log.
   */
  async finish({ from, upTo }: { from: Slot; upTo: Slot }): Promise<Finished> {
    const decided = new Map<Slot, Entry>();
    const votes = await this.#collectVotes();
    const first = Math.max(from - 1, ...votes.map((reply) => reply.position.chosenUpTo)) + 1;
    for (const slot of range(first, upTo)) {
      const entry = await this.#alreadyDecided(slot, votes);
      if (entry !== undefined) decided.set(slot, entry);
    }
    for (const slot of range(first, upTo)) {
      if (decided.has(slot)) continue;
      const entry = await this.#repeatVote(slot, votes);
      if (entry !== undefined) decided.set(slot, entry);
    }
    const entries = () => [...decided].map(([slot, entry]) => ({ slot, entry })).sort((a, b) => a.slot - b.slot);
    if (first + decided.size > upTo) return { complete: true, decided: entries(), ownMayBeVoted: false };

    const deadlineAt = this.host.now() + limits.REQUEST_DEADLINE_MS;
    const recovered = await this.recover({ from: first, upTo, deadlineAt });
    for (const { slot, entry } of recovered.decided) decided.set(slot, entry);
    return { ...recovered, decided: entries() };
  }

  /** A read quorum's word on how far a linearizable read has to wait; undefined when too few answered. */
  async quorumRead(appliedUpTo: Slot): Promise<ReadPlan | undefined> {
    this.trips++;
    const { plan } = await askNearest<{ plan: ReadPlan | undefined }>(
      this,
      votesCall(this.configuration),
      this.quorums.read,
      (answers) => {
        const votes = repliesAt(answers, 0).filter(isVotes);
        if (votes.length >= this.quorums.read) return { plan: readPlan(this.quorums, votes, appliedUpTo) };
        return answers.includes(undefined) ? undefined : { plan: undefined };
      },
    );
    return plan;
  }

  /** Where the acceptors stand, all that answer. */
  async positions(): Promise<readonly (Position | undefined)[]> {
    const votes = await this.#round([{ kind: "votes" }], (answers) =>
      answers.includes(undefined) ? undefined : repliesAt(answers, 0),
    );
    return votes.map((reply) => (reply === undefined || reply === "lost" ? undefined : reply.position));
  }

  /** The best hint the acceptors have: the pair of the highest promise among those that answer. */
  async freshHint(): Promise<(Hint & { readonly chosenUpTo: Slot }) | undefined> {
    const position = await this.#round([{ kind: "votes" }], (answers) => {
      const replies = repliesAt(answers, 0);
      const heard = replies.filter((reply) => reply !== undefined && reply !== "lost").length;
      return heard >= this.quorums.read || !answers.includes(undefined) ? { best: bestPosition(replies) } : undefined;
    });
    return position.best && { ...hintOf(position.best), chosenUpTo: position.best.chosenUpTo };
  }

  /** The wait that keeps proposers out of each other's way, before attempt number `attempt`. */
  async #backoff(attempt: number): Promise<void> {
    const { members } = this.configuration;
    const trip = quorumRoundTripMs(this.parts.region, members, this.quorums.classic);
    const base = Math.max(limits.BACKOFF_MIN_MS, trip * limits.BACKOFF_ROUND_TRIPS);
    await sleep(this.host, backoffMs(this.host, base, attempt, limits.BACKOFF_MAX_MS));
  }

  /** The wait before a first recovery, longer for each rank, so that helpers do not duel. */
  async hedge(): Promise<void> {
    const { members } = this.configuration;
    const trip = quorumRoundTripMs(this.parts.region, members, this.quorums.classic);
    const rank = Math.max(0, members.indexOf(this.parts.region));
    await sleep(this.host, limits.BACKOFF_MIN_MS * rank + this.host.random() * Math.max(limits.BACKOFF_MIN_MS, trip));
  }

  async #prepare(ballot: Ballot, from: Slot, leader?: Region) {
    return this.#round([{ kind: "prepare", ballot, from, leader }], (answers) => {
      const verdict = prepareVerdict(this.quorums, ballot, repliesAt(answers, 0));
      if (verdict.kind === "pending") return undefined;
      if (verdict.kind !== "promised") return verdict;
      const promises: readonly Promised[] = verdict.promises;
      const entries = answers.flatMap((one) => (typeof one === "object" && one.kind === "replies" ? one.entries : []));
      return { kind: "promised" as const, promises, entries };
    });
  }

  /** True when every assigned slot is chosen with its entry. */
  async #acceptAll(ballot: Ballot, assigned: readonly Assigned[], leader?: Region): Promise<boolean> {
    for (const batch of batches(assigned.filter((one) => one.vote))) {
      const requests = batch.map(
        ({ slot, entry }): AcceptorRequest => ({ kind: "accept", ballot, slot, entry, leader }),
      );
      const chosen = await this.#round(requests, (answers) => {
        const verdicts = batch.map(({ slot, entry }, index) =>
          acceptVerdict(this.quorums, { ballot, slot, entryId: entry.id }, repliesAt(answers, index)),
        );
        if (verdicts.some((one) => one.kind === "taken" || one.kind === "preempted")) return { all: false };
        if (verdicts.some((one) => one.kind === "pending")) return undefined;
        return { all: verdicts.every((one) => one.kind === "chosen") };
      });
      if (!chosen.all) return false;
    }
    return true;
  }

  /** One classic round in a slot that the owner of `ballot` gave to nothing else. */
  async accept(ballot: Ballot, slot: Slot, entry: Entry, leader: Region): Promise<boolean> {
    return this.#acceptAll(ballot, [{ slot, entry, vote: true }], leader);
  }

  /** Opens the log again behind the owner, unless a fast quorum is out of reach and nothing could use it. */
  reopen(ballot: Ballot, openFrom: Slot): Hint {
    if (!this.fastPossible) return { ballot, openFrom: CLOSED };
    this.trips--;
    const opened = this.#round([{ kind: "open", ballot, from: openFrom }], (answers) =>
      answers.includes(undefined) ? undefined : true,
    );
    this.host.background(opened);
    return { ballot, openFrom };
  }

  async #collectVotes(): Promise<VotesReply[]> {
    return this.#round([{ kind: "votes" }], (answers) =>
      answers.includes(undefined) ? undefined : repliesAt(answers, 0).filter(isVotes),
    );
  }

  async #alreadyDecided(slot: Slot, replies: readonly VotesReply[]): Promise<Entry | undefined> {
    const known = replies.flatMap((reply) => reply.known).find((ref) => ref.slot === slot)?.entryId;
    const entryId = known ?? chosenByVotes(this.quorums, votesIn(slot, replies));
    return entryId === undefined ? undefined : new Bodies([]).one(this, slot, entryId);
  }

  /** Sends the highest vote's message once more, exactly as it was first sent, and counts. */
  async #repeatVote(slot: Slot, replies: readonly VotesReply[]): Promise<Entry | undefined> {
    let vote: VoteRef | undefined;
    for (const one of votesIn(slot, replies)) {
      if (vote === undefined || ballotEqual(ballotMax(one.ballot, vote.ballot), one.ballot)) vote = one;
    }
    if (vote === undefined) return undefined;
    const entry = await new Bodies([]).one(this, slot, vote.entryId);
    if (entry === undefined) return undefined;
    const { ballot, kind } = vote;
    const round = { ballot, slot, entryId: entry.id };
    if (kind === "classic") {
      return this.#round([{ kind: "accept", ballot, slot, entry }], (answers) => {
        const verdict = acceptVerdict(this.quorums, round, repliesAt(answers, 0));
        return verdict.kind === "pending" ? undefined : { entry: verdict.kind === "chosen" ? entry : undefined };
      }).then((repeated) => repeated.entry);
    }
    // An open slot's message names where the ballot is open, as only an acceptor that promised it can tell.
    const at = replies.find((reply) => ballotEqual(reply.position.promised, ballot))?.position;
    if (at === undefined || at.openFrom > slot) return undefined;
    const { verdict } = await this.fast(entry, slot, { ballot, openFrom: at.openFrom });
    return verdict.kind === "chosen" ? entry : undefined;
  }

  #round<Verdict>(requests: readonly AcceptorRequest[], judge: (answers: Answers) => Verdict | undefined) {
    this.trips++;
    const call: AcceptorCall = { kind: "steps", configuration: this.configuration, requests };
    return askAll(this, call, (answers) => {
      for (const reply of repliesAt(answers, 0)) {
        if (typeof reply === "object") this.#seen = ballotMax(this.#seen, reply.position.promised);
      }
      return judge(answers);
    });
  }
}

interface Wants {
  readonly from: Slot;
  readonly upTo: Slot;
  readonly own?: Entry | undefined;
  readonly lead?: Region | undefined;
  readonly deadlineAt: number;
}

interface Assigned extends Decided {
  /** Whether it has to be voted on; otherwise it is known to be chosen. */
  readonly vote: boolean;
}

/** Puts an entry to each slot of the plan. */
function assign(plan: RecoveryPlan, bodies: Bodies, own: Entry | undefined, freshId: () => string): Assigned[] {
  return plan.slots.map((one) => {
    if (one.kind === "own" && own !== undefined) return { slot: one.slot, entry: own, vote: true };
    if (one.kind === "chosen" || one.kind === "value") {
      const entry = one.entryId === own?.id ? own : bodies.held(one.entryId);
      return { slot: one.slot, entry, vote: one.kind === "value" };
    }
    return { slot: one.slot, entry: { id: freshId(), body: NOOP_BODY }, vote: true };
  });
}

/** Cuts `assigned` into messages of bounded size. */
function batches(assigned: readonly Assigned[]): Assigned[][] {
  const cut: Assigned[][] = [];
  let bytes = 0;
  for (const one of assigned) {
    const last = cut.at(-1);
    bytes += one.entry.body.byteLength;
    if (last === undefined || bytes > limits.MESSAGE_BYTES_MAX || last.length >= limits.MESSAGE_ENTRIES_MAX) {
      cut.push([one]);
      bytes = one.entry.body.byteLength;
    } else last.push(one);
  }
  return cut;
}

/** The replies to request number `index`, as the core counts them. */
function repliesAt(answers: Answers, index: number): Reply[] {
  return answers.map((answer) => {
    if (typeof answer !== "object") return answer;
    return answer.kind === "replies" ? answer.replies[index] : "lost";
  });
}

/** A lost answer may have been a vote; a slot too far ahead is near enough when the message comes a second time. */
function mayBecomeVote(reply: Reply, entryId: string): boolean {
  if (reply === undefined || reply === "lost") return true;
  if (reply.kind === "nack") return reply.reason === "window";
  return reply.kind === "voted" && reply.entryId === entryId;
}

function isVotes(reply: Reply): reply is VotesReply {
  return typeof reply === "object" && reply.kind === "votes";
}

function votesIn(slot: Slot, replies: readonly VotesReply[]): VoteRef[] {
  return replies.flatMap((reply) => reply.votes.filter((vote) => vote.slot === slot));
}

/** The position with the highest promise, with the highest prefix that anybody knows; equal promises: the lower open. */
function bestPosition(replies: readonly Reply[]): Position | undefined {
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

function range(from: Slot, upTo: Slot): Slot[] {
  return Array.from({ length: Math.max(0, upTo - from + 1) }, (_, index) => from + index);
}
