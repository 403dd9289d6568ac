import { BALLOT_ZERO, type Ballot, ballotAbove, ballotEqual, ballotMax } from "../../core/ballot.ts";
import { type Lives, livesEqual } from "../../core/identity.ts";
import { CLOSED, type Entry, type Slot } from "../../core/log.ts";
import type { AcceptorRequest, Position, Promised } from "../../core/message.ts";
import { acceptVerdict, type FastVerdict, fastVerdict, prepareVerdict, recoveryPlan } from "../../core/proposer.ts";
import { type Quorums, quorumsFor } from "../../core/quorum.ts";
import { type ReadPlan, readPlan } from "../../core/read.ts";
import { backoffMs, sleep } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { quorumRoundTripMs } from "../../network/round-trip.ts";
import type { AcceptorCall, Decided } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import type { Hint } from "../rpc/log-position.ts";
import { type Answers, askAll, askNearest, votesCall } from "../rpc/round.ts";
import * as timing from "../timing.ts";
import { type Assigned, assign, messagesOf } from "./assigned.ts";
import { Bodies } from "./bodies.ts";
import { bestPosition, hintOf, isUnused, isVotes, mayBecomeVote, repliesAt } from "./replies.ts";

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

interface Wants {
  readonly from: Slot;
  readonly upTo: Slot;
  readonly own?: Entry | undefined;
  readonly lead?: Region | undefined;
  readonly deadlineAt: number;
}

/**
 * Runs rounds: sends, counts, and decides what to send next. Holds nothing that may not be lost. The same code in a
 * Worker for one request, in a learner that drives a gap, and in an acceptor's alarm.
 */
export class Proposer {
  readonly context: NodeContext;
  readonly quorums: Quorums;
  /** The highest ballot heard of. */
  #seen: Ballot = BALLOT_ZERO;
  /** The ballot of the last phase 1, and the lives that it counted with: phase 2 counts with the same. */
  #counted: { readonly ballot: Ballot; readonly lives: Lives } | undefined;
  /** Rounds of messages run so far. */
  trips = 0;

  constructor(context: NodeContext) {
    this.context = context;
    this.quorums = quorumsFor(context.configuration.members.length);
  }

  /** Somebody promised this ballot: the next attempt goes above it at once, and not after a round of refusals. */
  heard(ballot: Ballot): void {
    this.#seen = ballotMax(this.#seen, ballot);
  }

  /** Whether enough acceptors answered lately for a fast quorum. */
  get fastPossible(): boolean {
    return this.context.health.alive(this.context.configuration.members) >= this.quorums.fast;
  }

  /** One fast round. `hint`: the best position heard in it. */
  async fast(
    entry: Entry,
    slot: Slot,
    hint: Hint,
  ): Promise<{ verdict: FastVerdict; position: Position | undefined; anyVote: boolean }> {
    const { ballot, openFrom } = hint;
    const round = { ballot, slot, entryId: entry.id };
    return this.round([{ kind: "fast-accept", ballot, openFrom, slot, entry }], (answers) => {
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
    this.context.meter?.add("recoveries");
    for (let attempt = 0; attempt < timing.RECOVER_ATTEMPTS_MAX; attempt++) {
      if (attempt > 0) await this.#backoff(attempt);
      if (this.context.host.now() >= wants.deadlineAt) break;
      const ballot = ballotAbove(this.#seen, this.context.host.freshId());
      const prepared = await this.#prepare(ballot, wants.from, wants.lead);
      if (prepared.kind !== "promised") continue;

      const bodies = new Bodies(prepared.entries);
      const { promises } = prepared;
      const plan = recoveryPlan(this.quorums, promises, { ...wants, own: wants.own?.id });
      if (!(await bodies.fetch(this.context, plan))) continue;
      const assigned = assign(plan, bodies, wants.own, () => this.context.host.freshId());
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

  /** A read quorum's word on how far a linearizable read has to wait; undefined when too few answered. */
  async quorumRead(appliedUpTo: Slot): Promise<ReadPlan | undefined> {
    const { health, configuration } = this.context;
    const lives = health.news.lives(configuration.namespace);
    const plan = await this.#quorumReadOnce(appliedUpTo);
    // Refused for lives that are known only now: the round begins anew with them.
    const isNews = !livesEqual(lives, health.news.lives(configuration.namespace));
    return plan === undefined && isNews ? this.#quorumReadOnce(appliedUpTo) : plan;
  }

  async #quorumReadOnce(appliedUpTo: Slot): Promise<ReadPlan | undefined> {
    this.trips++;
    const { plan } = await askNearest<{ plan: ReadPlan | undefined }>(
      this.context,
      votesCall(this.context.configuration, appliedUpTo > 0),
      this.quorums.read,
      (answers) => {
        const votes = repliesAt(answers, 0).filter(isVotes);
        if (votes.length >= this.quorums.read) return { plan: readPlan(this.quorums, votes, appliedUpTo) };
        if (appliedUpTo === 0 && isUnused(this.quorums.members, answers)) return { plan: { slot: 0, provenUpTo: 0 } };
        return answers.includes(undefined) ? undefined : { plan: undefined };
      },
    );
    return plan;
  }

  /** The best hint the acceptors have: the pair of the highest promise among those that answer. */
  async freshHint(): Promise<(Hint & { readonly chosenUpTo: Slot }) | undefined> {
    const position = await this.round([{ kind: "votes" }], (answers) => {
      const replies = repliesAt(answers, 0);
      const heard = replies.filter((reply) => reply !== undefined && reply !== "lost").length;
      return heard >= this.quorums.read || !answers.includes(undefined) ? { best: bestPosition(replies) } : undefined;
    });
    return position.best && { ...hintOf(position.best), chosenUpTo: position.best.chosenUpTo };
  }

  /** The wait that keeps proposers out of each other's way, before attempt number `attempt`. */
  async #backoff(attempt: number): Promise<void> {
    const { members } = this.context.configuration;
    const trip = quorumRoundTripMs(this.context.parts.region, members, this.quorums.classic);
    const base = Math.max(timing.BACKOFF_MIN_MS, trip * timing.BACKOFF_ROUND_TRIPS);
    await sleep(this.context.host, backoffMs(this.context.host, base, attempt, timing.BACKOFF_MAX_MS));
  }

  /** The wait before a first recovery, longer for each rank, so that helpers do not duel. */
  async hedge(): Promise<void> {
    const { members } = this.context.configuration;
    const trip = quorumRoundTripMs(this.context.parts.region, members, this.quorums.classic);
    const rank = Math.max(0, members.indexOf(this.context.parts.region));
    await sleep(
      this.context.host,
      timing.BACKOFF_MIN_MS * rank + this.context.host.random() * Math.max(timing.BACKOFF_MIN_MS, trip),
    );
  }

  async #prepare(ballot: Ballot, from: Slot, leader?: Region) {
    const { health, configuration } = this.context;
    const lives = health.news.lives(configuration.namespace);
    this.#counted = { ballot, lives };
    const judge = (answers: Answers) => {
      const verdict = prepareVerdict(this.quorums, ballot, repliesAt(answers, 0));
      if (verdict.kind === "pending") return undefined;
      if (verdict.kind !== "promised") return verdict;
      const promises: readonly Promised[] = verdict.promises;
      const entries = answers.flatMap((one) => (typeof one === "object" && one.kind === "replies" ? one.entries : []));
      return { kind: "promised" as const, promises, entries };
    };
    return this.round([{ kind: "prepare", ballot, from, leader }], judge, lives);
  }

  /** True when every assigned slot is chosen with its entry. */
  async #acceptAll(ballot: Ballot, assigned: readonly Assigned[], leader?: Region): Promise<boolean> {
    const lives = this.#livesOf(ballot);
    if (lives === undefined) return false;
    for (const batch of messagesOf(
      this.context.limits,
      assigned.filter((one) => one.vote),
    )) {
      const requests = batch.map(
        ({ slot, entry }): AcceptorRequest => ({ kind: "accept", ballot, slot, entry, leader }),
      );
      const judge = (answers: Answers) => {
        const verdicts = batch.map(({ slot, entry }, index) =>
          acceptVerdict(this.quorums, { ballot, slot, entryId: entry.id }, repliesAt(answers, index)),
        );
        if (verdicts.some((one) => one.kind === "taken" || one.kind === "preempted")) return { all: false };
        if (verdicts.some((one) => one.kind === "pending")) return undefined;
        return { all: verdicts.every((one) => one.kind === "chosen") };
      };
      const chosen = await this.round(requests, judge, lives);
      if (!chosen.all) return false;
    }
    return true;
  }

  /** The lives that the ballot's phase 1 counted with; undefined for a ballot that this proposer gave up. */
  #livesOf(ballot: Ballot): Lives | undefined {
    const counted = this.#counted;
    return counted !== undefined && ballotEqual(counted.ballot, ballot) ? counted.lives : undefined;
  }

  /** One classic round in a slot that the owner of `ballot` gave to nothing else. */
  async accept(ballot: Ballot, slot: Slot, entry: Entry, leader: Region): Promise<boolean> {
    return this.#acceptAll(ballot, [{ slot, entry, vote: true }], leader);
  }

  /** Opens the log again behind the owner, unless a fast quorum is out of reach and nothing could use it. */
  reopen(ballot: Ballot, openFrom: Slot): Hint {
    if (!this.fastPossible) return { ballot, openFrom: CLOSED };
    this.trips--;
    const opened = this.round([{ kind: "open", ballot, from: openFrom }], (answers) =>
      answers.includes(undefined) ? undefined : true,
    );
    this.context.host.background(opened);
    return { ballot, openFrom };
  }

  /** Sends `requests` to all acceptors, and judges their answers. */
  round<Verdict>(
    requests: readonly AcceptorRequest[],
    judge: (answers: Answers) => Verdict | undefined,
    lives?: Lives,
  ) {
    this.trips++;
    const call: AcceptorCall = { kind: "steps", configuration: this.context.configuration, requests, lives };
    return askAll(this.context, call, (answers) => {
      for (const reply of repliesAt(answers, 0)) {
        if (typeof reply === "object") this.#seen = ballotMax(this.#seen, reply.position.promised);
      }
      return judge(answers);
    });
  }
}
