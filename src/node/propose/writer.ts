import { ballotEqual } from "../../core/ballot.ts";
import { CLOSED, type Entry, type Slot } from "../../core/log.ts";
import { addressOf } from "../../network/address.ts";
import { type Host, sleep } from "../../network/host.ts";
import type { Outcome } from "../../network/network.ts";
import type { Region } from "../../network/region.ts";
import type { Command, Refusal, Result } from "../../state/command.ts";
import { entryEncode } from "../../state/entry.ts";
import type { Path, WriteOutcome } from "../coordinate/coordinator.ts";
import type { Decided } from "../rpc/call.ts";
import type { Health } from "../rpc/health.ts";
import type { LeaderAnswer } from "../rpc/leader-call.ts";
import { withLivenessProbe } from "../rpc/liveness-probe.ts";
import type { Hint, LogPosition } from "../rpc/log-position.ts";
import { quorumDetail } from "../rpc/quorum-detail.ts";
import { type RequestRef, type Results, requestRef } from "../rpc/request-ref.ts";
import * as timing from "../timing.ts";
import type { Contention } from "./contention.ts";
import type { Stamped } from "./draft.ts";
import type { OwnEntry } from "./own-entry.ts";
import type { Proposer } from "./proposer.ts";
import { hintOf } from "./replies.ts";

/** How many leaders are asked before the Worker recovers by itself. */
const LEADERS_TRIED_MAX = 2;
const LEADER_OVERLOADED = { kind: "overloaded", detail: "more writes wait at the leader than it can propose" } as const;

/** Where a writer hears how the log stands, and where it takes its results from. */
export interface WriterHome {
  /** Where to write, as well as can be told. */
  hint(): Promise<LogPosition>;
  /** Who is to be asked to lead when nobody does, best first. */
  placement(): readonly Region[];
  /** Keeps what the writer found out, for the next one. */
  remember(hint: LogPosition): void;
  /** What the entry would come to in `slot`, asked for while the votes are under way; undefined where it saves nothing. */
  preview(slot: Slot, entry: Entry): Promise<Results | undefined> | undefined;
  /** Has what was chosen applied, and answers with the results of `requests`, which are in `chosen.slot`. */
  settle(chosen: Chosen, requests: readonly RequestRef[], deadlineAt: number): Promise<Results | undefined>;
}

/** What became of a command, or that it is to be decided anew whether it is permitted. */
export type WriterOutcome = WriteOutcome | { readonly kind: "policy-changed"; readonly birth: Slot | undefined };

/** A slot that was chosen with what the writer wanted, and what was decided on the way. */
export interface Chosen {
  readonly slot: Slot;
  readonly decided: readonly Decided[];
  readonly hint?: Hint | undefined;
  /** The entry in `slot`, where the writer that wants it applied made it. */
  readonly own?: OwnEntry | undefined;
}

/** What a writer goes by when it decides whom to ask. */
export interface WriterMemory {
  readonly leaders: Health;
  readonly contention: Contention;
}

/** One entry on its way into the log. */
interface Attempt extends OwnEntry {
  readonly deadlineAt: number;
  hint: Hint;
  slot: Slot;
  /** A prefix that is known to be chosen. */
  knownUpTo: Slot;
  mayBeVoted: boolean;
  /** What a learner says the entry would come to in this slot. */
  preview?: { readonly slot: Slot; readonly results: Promise<Results | undefined> } | undefined;
}

/** Writes commands of one entry: races, hands over to a leader, recovers, in this order (protocol, "Proposer"). */
export class Writer {
  readonly #host: Host;
  readonly #proposer: Proposer;
  readonly #home: WriterHome;
  readonly #memory: WriterMemory;

  constructor(host: Host, proposer: Proposer, home: WriterHome, memory: WriterMemory) {
    this.#host = host;
    this.#proposer = proposer;
    this.#home = home;
    this.#memory = memory;
  }

  /** What became of each of `drafts`, in order. */
  async write(drafts: readonly Stamped[], deadlineAt: number): Promise<readonly WriterOutcome[]> {
    const hint = await this.#home.hint();
    const attempt = this.#begin(drafts, hint, deadlineAt);
    const outcomes = await this.#decide(attempt);
    if (!outcomes.some(isExpired)) return this.#overtaken(attempt, outcomes);
    // The log ended there long ago. All slots near enough to that birth are decided, so it can have no effect any more.
    const { hint: newer, slot } = attempt;
    const reborn = drafts.map(({ birth: _, ...draft }) => draft);
    const again = this.#begin(reborn, { ...hint, ...newer, appliedUpTo: slot, nextSlot: slot + 1 }, deadlineAt);
    return this.#overtaken(again, await this.#decide(again));
  }

  /** Commands that were permitted under documents that are in force no more are to be decided anew, with their birth. */
  #overtaken({ commands }: Attempt, outcomes: readonly WriteOutcome[]): readonly WriterOutcome[] {
    return outcomes.map((outcome, index) => {
      const isOvertaken = outcome.kind === "applied" && isRefusedAs(outcome.result, "policy-changed");
      return isOvertaken ? { kind: "policy-changed", birth: commands[index]?.birth } : outcome;
    });
  }

  /** The commands are born where the log ends, as far as is known. */
  #begin(drafts: readonly Stamped[], hint: LogPosition, deadlineAt: number): Attempt {
    const commands = drafts.map((draft): Command => ({ ...draft, birth: draft.birth ?? hint.nextSlot }));
    return {
      commands,
      entry: { id: this.#host.freshId(), body: entryEncode(commands) },
      deadlineAt,
      hint,
      slot: hint.nextSlot,
      knownUpTo: hint.appliedUpTo,
      mayBeVoted: false,
    };
  }

  async #decide(attempt: Attempt): Promise<readonly WriteOutcome[]> {
    const fast = await this.#fast(attempt);
    if (fast !== undefined) return this.#settle(attempt, fast, "fast");
    const led = await this.#submit(attempt);
    if (led !== undefined) return led;
    const classic = await this.#classic(attempt);
    if (classic !== undefined) return this.#settle(attempt, classic, "classic");
    this.#remember(attempt);
    const detail = quorumDetail(this.#proposer.context);
    const outcome: WriteOutcome = { kind: attempt.mayBeVoted ? "outcome-unknown" : "no-quorum", detail };
    return attempt.commands.map(() => outcome);
  }

  /** Races in open slots; the slot it was chosen in, or undefined when recovery is called for. */
  async #fast(attempt: Attempt): Promise<Chosen | undefined> {
    for (let miss = 0; miss < timing.FAST_ATTEMPTS_MAX && this.#host.now() < attempt.deadlineAt; miss++) {
      if (!this.#proposer.fastPossible || attempt.hint.openFrom === CLOSED) return undefined;
      attempt.slot = Math.max(attempt.slot, attempt.hint.openFrom);
      this.#preview(attempt);
      const { entry, slot, hint } = attempt;
      const { verdict, position, anyVote } = await this.#proposer.fast(entry, slot, hint);
      attempt.mayBeVoted ||= anyVote;
      const { contention } = this.#memory;
      contention.raced(verdict.kind === "chosen");
      if (verdict.kind === "chosen") return { slot, decided: [{ slot, entry }], hint, own: attempt };
      this.#proposer.context.meter?.add("fastMisses");
      if (position !== undefined) {
        attempt.hint = hintOf(position);
        attempt.knownUpTo = Math.max(attempt.knownUpTo, position.chosenUpTo);
      }
      // The next slot is even farther ahead of an acceptor that is behind already.
      if (verdict.kind === "unreachable" || verdict.kind === "window") return undefined;
      if (verdict.kind === "collision" && verdict.mine) return undefined;
      if (contention.isHigh) return undefined;
      // Another entry took this slot; an equal or newer hint says where to go on.
      const moved = !ballotEqual(attempt.hint.ballot, hint.ballot);
      attempt.slot = Math.max(moved ? attempt.knownUpTo : slot, attempt.knownUpTo) + 1;
    }
    return undefined;
  }

  #preview(attempt: Attempt): void {
    const results = this.#home.preview(attempt.slot, attempt.entry);
    attempt.preview = results && { slot: attempt.slot, results };
  }

  /**
   * Hands the commands to the distinguished proposer, which ends the race. Undefined when none could be reached or
   * decide.
   */
  async #submit(attempt: Attempt): Promise<readonly WriteOutcome[] | undefined> {
    const { health: acceptors } = this.#proposer.context;
    const { leaders } = this.#memory;
    // The round before this one has shown which regions answer at all; to wait for a leader elsewhere takes seconds.
    const { leader } = attempt.hint;
    const candidates = this.#home
      .placement()
      .toSorted((a, b) => Number(b === leader) - Number(a === leader))
      .filter((one) => !leaders.suspects(one) && !acceptors.suspects(one));
    for (const region of candidates.slice(0, LEADERS_TRIED_MAX)) {
      const outcome = await this.#submitTo(region, attempt);
      if (outcome === undefined) return undefined;
      if (outcome.ok && outcome.answer.kind === "busy") return attempt.commands.map(() => LEADER_OVERLOADED);
      if (!outcome.ok || outcome.answer.kind !== "submitted") {
        leaders.missed(region);
        continue;
      }
      leaders.answered(region);
      const { results, slot, hint } = outcome.answer;
      attempt.slot = slot;
      attempt.hint = hint;
      this.#remember(attempt);
      return applied(results, "leader", this.#proposer.trips);
    }
    return undefined;
  }

  /** One leader's answer, asked again a few times while it leads and is busy; undefined when time is up. */
  async #submitTo(region: Region, attempt: Attempt): Promise<Outcome<LeaderAnswer> | undefined> {
    const { configuration, parts } = this.#proposer.context;
    const { leaders } = this.#memory;
    const to = addressOf(configuration, "leader", region);
    for (let tries = 1; ; tries++) {
      const waitMs = Math.min(timing.LEADER_PATIENCE_MS, attempt.deadlineAt - this.#host.now());
      if (waitMs <= 0) return undefined;
      const call = { kind: "submit", configuration, commands: attempt.commands, waitMs } as const;
      this.#proposer.trips++;
      const lateMs = leaders.timeoutMs(region);
      const answer = parts.leaders.call(to, call, lateMs + waitMs);
      const outcome = await withLivenessProbe(this.#proposer.context, region, answer, lateMs);
      attempt.mayBeVoted ||= !outcome.ok || outcome.repeated === true || outcome.answer.kind !== "silent";
      if (!outcome.ok || outcome.answer.kind !== "busy" || tries >= timing.LEADER_TRIES_MAX) return outcome;
      await sleep(this.#host, this.#host.random() * timing.LEADER_BUSY_MS);
    }
  }

  /** Recovers, with the entry in the first slot that is free, as often as the deadline allows. */
  async #classic(attempt: Attempt): Promise<Chosen | undefined> {
    while (this.#host.now() < attempt.deadlineAt) {
      await this.#proposer.hedge();
      const { knownUpTo, entry: own, deadlineAt } = attempt;
      const finished = await this.#proposer.recover({ from: knownUpTo + 1, upTo: 0, own, deadlineAt });
      attempt.mayBeVoted ||= finished.ownMayBeVoted;
      const { ownSlot, decided, hint } = finished;
      if (hint !== undefined) attempt.hint = hint;
      if (ownSlot !== undefined) return { slot: ownSlot, decided, hint, own: attempt };
    }
    return undefined;
  }

  /** Has the entry applied, and takes the results from there if nobody had them ready. */
  async #settle(attempt: Attempt, chosen: Chosen, path: Path): Promise<readonly WriteOutcome[]> {
    const { slot } = chosen;
    attempt.slot = slot;
    this.#remember(attempt);
    const { trips } = this.#proposer;
    const requests = attempt.commands.map(requestRef);
    const settled = this.#home.settle(chosen, requests, attempt.deadlineAt);
    this.#host.background(settled);

    const { preview } = attempt;
    const ready = preview?.slot === slot ? preview.results : undefined;
    const results = ready === undefined ? await settled : await firstOf(ready, settled);
    if (results !== undefined) return applied(results, path, trips);
    const detail = `chosen in slot ${slot}, but no learner could apply it in time`;
    return attempt.commands.map(() => ({ kind: "outcome-unknown", detail }));
  }

  #remember({ hint, knownUpTo, slot }: Attempt): void {
    const nextSlot = Math.max(slot, knownUpTo) + 1;
    this.#home.remember({ ...hint, appliedUpTo: knownUpTo, nextSlot, heardAt: this.#host.now() });
  }
}

const FORGOTTEN = {
  kind: "outcome-unknown",
  detail: "it was decided, but no learner remembers what it came to",
} as const;

function applied(results: Results, path: Path, trips: number): readonly WriteOutcome[] {
  return results.map((result) => (result === undefined ? FORGOTTEN : { kind: "applied", result, path, trips }));
}

/** It came to a slot too far from its birth. */
function isExpired(outcome: WriteOutcome): boolean {
  return outcome.kind === "applied" && isRefusedAs(outcome.result, "expired");
}

function isRefusedAs(result: Result, why: Refusal): boolean {
  return result.kind === "refused" && result.why === why;
}

/** Whichever has results first; undefined only when neither has any. */
async function firstOf<T>(one: Promise<T | undefined>, other: Promise<T | undefined>): Promise<T | undefined> {
  const first = await Promise.race([one, other]);
  return first ?? (await one) ?? (await other);
}
