import { acceptorStep } from "../../core/acceptor.ts";
import type { Entry, Slot } from "../../core/log.ts";
import type { AcceptorReply, AcceptorRequest } from "../../core/message.ts";
import type { Configuration } from "../../network/address.ts";
import { addressOf } from "../../network/address.ts";
import { backoffMs, type Host } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { byDistance } from "../../network/round-trip.ts";
import { BUILD_LEVEL } from "../../state/level.ts";
import type { Sql } from "../../state/sql.ts";
import { NODE_LIMITS, type NodeLimits } from "../limits.ts";
import { finish } from "../propose/finish.ts";
import { Proposer } from "../propose/proposer.ts";
import type { AcceptorAnswer, AcceptorCall, Decided, Parts } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { Health } from "../rpc/health.ts";
import { askOne } from "../rpc/round.ts";
import * as timing from "../timing.ts";
import { AcceptorStore } from "./acceptor-store.ts";
import { Enrolment, type StandingNews } from "./enrolment.ts";

/**
 * An acceptor: votes, and nothing else, but that no vote of its own stays undecided for ever.
 *
 * `handle` is one synchronous turn: load, step, save, answer. The host lets the answer leave once the writes are
 * durable. `alarm` finishes what a dead proposer left behind.
 */
export class Acceptor {
  readonly #sql: Sql;
  readonly #store: AcceptorStore;
  readonly #host: Host;
  readonly #parts: Parts;
  readonly #health: Health;
  readonly #limits: NodeLimits;
  readonly #enrolment: Enrolment;
  /** Asks the host to call `alarm` in about `ms`. */
  readonly #arm: (ms: number) => void;
  /** When each undecided slot was first noticed; lost with memory, and then everything counts as old. */
  readonly #noticed = new Map<Slot, number>();
  /** When the alarm is set for, as far as this instance knows. Long overdue, it was never set, or given up on. */
  #armedFor = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(
    sql: Sql,
    host: Host,
    parts: Parts,
    arm: (ms: number) => void,
    limits: NodeLimits = NODE_LIMITS,
    report: (news: StandingNews) => void = () => {},
  ) {
    this.#sql = sql;
    this.#store = new AcceptorStore(sql);
    this.#host = host;
    this.#parts = parts;
    this.#health = new Health(host, parts.region);
    this.#arm = arm;
    this.#limits = limits;
    this.#enrolment = new Enrolment({
      sql,
      host,
      region: parts.region,
      store: this.#store,
      report,
      arm: () => this.#rearm(),
      contextOf: (configuration) => this.#context(configuration),
      copyLog: (configuration, upTo) => this.#copyLog(configuration, upTo),
      learn: (configuration, decided) => this.#learn(configuration, decided),
    });
  }

  /**
   * As `handle`, once the acceptor is enrolled, if it can be: that takes calls to its peers, once in its life. A call
   * that only asks, of a namespace that may be new, makes it store nothing.
   */
  async ask(call: AcceptorCall): Promise<AcceptorAnswer> {
    const answer = await this.#answer(call);
    return call.kind === "steps" && call.asksBuild === true ? { ...answer, buildLevel: BUILD_LEVEL } : answer;
  }

  async #answer(call: AcceptorCall): Promise<AcceptorAnswer> {
    const answer = this.handle(call);
    if (!callEnrols(call, answer)) return answer;
    const others = await this.enrol(call.configuration);
    return others === undefined ? this.handle(call) : { kind: "other-members", members: others };
  }

  /** Has its peers record an acceptor that stores nothing yet. The namespace's members, if they turn out to be others. */
  enrol(configuration: Configuration): Promise<readonly Region[] | undefined> {
    return this.#enrolment.attempt(configuration);
  }

  handle(call: AcceptorCall): AcceptorAnswer {
    const written: Slot[] = [];
    const answer = this.#sql.transaction<AcceptorAnswer>(() => this.#admit(call, written));
    // After the transaction: one that is undone takes its alarm with it, and must not be remembered as having set one.
    for (const slot of written) this.#notice(slot);
    return answer;
  }

  /** The call's turn, if this acceptor answers it (protocol, "Lives"). */
  #admit(call: AcceptorCall, written: Slot[]): AcceptorAnswer {
    const opened = this.#store.open(call.configuration, this.#parts.region);
    if (opened.kind === "another") return { kind: "silent" };
    if (opened.kind === "newer") return { kind: "silent", why: "newer-state" };
    if (opened.kind === "other-members") return otherMembers(opened, call);
    if (call.kind === "enrol") return this.#enrolment.record(call.configuration, opened, call.storage);
    if (opened.kind === "nothing") return { kind: "silent", why: "blank", isUnused: true };
    const refused = this.#enrolment.admit(call, opened);
    return refused ?? this.#turn(call, written);
  }

  #turn(call: Exclude<AcceptorCall, { readonly kind: "enrol" }>, written: Slot[]): AcceptorAnswer {
    const { messageEntriesMax, messageBytesMax } = this.#limits;
    switch (call.kind) {
      case "steps":
        return this.#steps(call.requests, written);
      case "bodies": {
        const found = call.refs.map((ref) => this.#store.body(ref.slot, ref.entryId));
        const entries = found.filter((entry) => entry !== undefined);
        return { kind: "bodies", entries: bounded(entries, messageBytesMax) };
      }
      case "log": {
        const { chosenUpTo, firstSlot } = this.#store;
        const decided = this.#store.log(call.from, messageEntriesMax, messageBytesMax);
        return { kind: "log", decided, chosenUpTo, firstSlot };
      }
      case "metrics":
        // Its host counts what it is asked and what it writes, and adds that.
        return { kind: "metrics", readings: [] };
    }
  }

  /** `written`: is given the slots that now hold a vote or a mark more. */
  #steps(requests: readonly AcceptorRequest[], written: Slot[]): AcceptorAnswer {
    const replies: AcceptorReply[] = [];
    const entries: Entry[] = [];
    let bytes = 0;
    for (const request of requests) {
      const { writes, reply } = acceptorStep(this.#store, request, this.#limits.windowSlots);
      this.#store.apply(writes);
      replies.push(reply);
      for (const write of writes) if (write.kind === "vote" || write.kind === "known") written.push(write.slot);
      if (reply.kind !== "promised") continue;
      for (const ref of [...reply.votes, ...reply.known]) {
        const entry = this.#store.body(ref.slot, ref.entryId);
        bytes += entry?.body.byteLength ?? 0;
        if (entry === undefined || bytes > this.#limits.inlineBytesMax) break;
        entries.push(entry);
      }
    }
    return { kind: "replies", replies, entries };
  }

  #notice(slot: Slot): void {
    if (!this.#noticed.has(slot)) this.#noticed.set(slot, this.#host.now());
    if (this.#host.now() > this.#armedFor + timing.ALARM_LATE_MS) this.#rearm();
  }

  #rearm(): void {
    const members = this.#store.configuration()?.members ?? [];
    const rank = Math.max(0, members.indexOf(this.#parts.region));
    const extra = backoffMs(this.#host, timing.UNDECIDED_MS, this.#failures, timing.UNDECIDED_MAX_MS);
    const late = rank * timing.UNDECIDED_RANK_MS + this.#host.random() * timing.UNDECIDED_JITTER_MS;
    const ms = timing.UNDECIDED_MS + late + (this.#failures > 0 ? extra : 0);
    this.#armedFor = this.#host.now() + ms;
    this.#arm(ms);
  }

  /** Finishes slots that nobody completed in time (protocol, "Learning": nobody forgets a slot). */
  async alarm(): Promise<void> {
    this.#armedFor = Number.NEGATIVE_INFINITY;
    const configuration = this.#store.configuration();
    if (configuration === undefined) return;
    const opened = this.#store.open(configuration, this.#parts.region);
    if (opened.kind !== "opened") return;
    if (opened.identity.standing !== "enrolled") return this.#comeBack(configuration);
    const slots = this.#store.slotsAbove(this.#store.chosenUpTo);
    for (const slot of this.#noticed.keys()) if (slot <= this.#store.chosenUpTo) this.#noticed.delete(slot);
    if (slots.length === 0) {
      this.#failures = 0;
      return this.#noticed.clear();
    }

    // A slot unknown to memory outlived the instance that voted in it, and is old.
    const due = this.#host.now() - timing.UNDECIDED_MS;
    const upTo = Math.max(0, ...slots.filter((slot) => (this.#noticed.get(slot) ?? 0) <= due));
    // Armed before the work: a crash in the middle of it must not be the end of it.
    this.#rearm();
    if (upTo === 0) return;
    const finished = await this.#finish(configuration, upTo);
    this.#failures = finished ? 0 : this.#failures + 1;
  }

  /** Not enrolled: tries to be, again and again. */
  async #comeBack(configuration: Configuration): Promise<void> {
    this.#rearm();
    const isBack = await this.#enrolment.comeBack(configuration);
    this.#failures = isBack ? 0 : this.#failures + 1;
  }

  async #finish(configuration: Configuration, upTo: Slot): Promise<boolean> {
    await this.#askHomeLearner(configuration, upTo);
    await this.#copyLog(configuration, upTo);
    const from = this.#nextUnknown(configuration);
    if (from > upTo) return true;
    const proposer = new Proposer(this.#context(configuration));
    const { complete, decided, hint } = await finish(proposer, { from, upTo });
    if (decided.length === 0) return complete;
    this.#learn(configuration, decided);
    const home = addressOf(configuration, "learner", this.#parts.region);
    const timeoutMs = this.#health.timeoutMs(this.#parts.region);
    await this.#parts.learners.call(home, { kind: "learn", configuration, decided, hint }, timeoutMs);
    return complete;
  }

  /** Takes what its home learner remembers, page by page. */
  async #askHomeLearner(configuration: Configuration, upTo: Slot): Promise<void> {
    const home = addressOf(configuration, "learner", this.#parts.region);
    for (let from = this.#nextUnknown(configuration); from <= upTo; ) {
      const call = { kind: "recall", configuration, from, to: upTo } as const;
      const outcome = await this.#parts.learners.call(home, call, this.#health.timeoutMs(this.#parts.region));
      if (!outcome.ok || outcome.answer.kind !== "recalled") return;
      this.#learn(configuration, outcome.answer.decided);
      const next = this.#nextUnknown(configuration);
      if (next <= from) return;
      from = next;
    }
  }

  /**
   * Reads the other acceptors' logs, page by page, nearest first. What one of them has dropped is held by enough
   * learners, and is nothing to wait for: an acceptor that was away for long begins where the log does.
   */
  async #copyLog(configuration: Configuration, upTo: Slot): Promise<Slot> {
    const context = this.#context(configuration);
    const others = configuration.members.filter((region) => region !== this.#parts.region);
    for (const region of byDistance(this.#parts.region, others)) {
      for (let from = this.#nextUnknown(configuration); from <= upTo; ) {
        const answer = await askOne(context, region, { kind: "log", configuration, from });
        if (answer === "lost" || answer.kind !== "log") break;
        if (answer.firstSlot > from) this.#step(configuration, { kind: "prefix", upTo: answer.firstSlot - 1 });
        this.#learn(configuration, answer.decided);
        const next = this.#nextUnknown(configuration);
        if (next <= from) break;
        from = next;
      }
    }
    return this.#nextUnknown(configuration) - 1;
  }

  #context(configuration: Configuration): NodeContext {
    return { host: this.#host, parts: this.#parts, configuration, health: this.#health, limits: this.#limits };
  }

  /** The first slot above the chosen prefix, as it is stored now. */
  #nextUnknown(configuration: Configuration): Slot {
    this.#store.open(configuration, this.#parts.region);
    return this.#store.chosenUpTo + 1;
  }

  #learn(configuration: Configuration, decided: readonly Decided[]): void {
    const chosen = decided.map(({ slot, entry }) => ({ slot, entryId: entry.id, entry }));
    this.#step(configuration, { kind: "learn", chosen });
  }

  #step(configuration: Configuration, request: AcceptorRequest): void {
    const written: Slot[] = [];
    this.#sql.transaction(() => {
      this.#store.open(configuration, this.#parts.region);
      this.#steps([request], written);
    });
    for (const slot of written) this.#notice(slot);
  }
}

/** Whether `answer` to `call` is a blank acceptor's that has to enrol first: to vote, to promise, to find what it lost. */
export function callEnrols(call: AcceptorCall, answer: AcceptorAnswer): boolean {
  if (answer.kind !== "silent" || answer.why !== "blank" || call.kind !== "steps") return false;
  return call.isInUse === true || call.requests.some(({ kind }) => kind !== "votes");
}

/** Only one that takes part knows who the members are; a blank one finds out first. */
function otherMembers(
  { members, isBlank }: { readonly members: readonly Region[]; readonly isBlank: boolean },
  { kind }: AcceptorCall,
): AcceptorAnswer {
  if (!isBlank) return { kind: "other-members", members };
  return kind === "enrol" ? { kind: "silent" } : { kind: "silent", why: "blank" };
}

/** As many as one message carries; the rest has to be asked for again. */
function bounded(entries: readonly Entry[], bytesMax: number): Entry[] {
  let bytes = 0;
  return entries.filter((entry, index) => {
    bytes += entry.body.byteLength;
    return index === 0 || bytes <= bytesMax;
  });
}
