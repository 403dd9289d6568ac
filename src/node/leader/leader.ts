import type { Ballot } from "../../core/ballot.ts";
import { CLOSED, type Slot } from "../../core/log.ts";
import { addressOf, type Configuration, configurationEqual } from "../../network/address.ts";
import { backoffMs, type Host, sleep } from "../../network/host.ts";
import type { Command } from "../../state/command.ts";
import { entryEncode, opBytes, opWeight } from "../../state/entry.ts";
import { NODE_LIMITS, type NodeLimits } from "../limits.ts";
import { batchTake } from "../propose/batch.ts";
import { Pace } from "../propose/pace.ts";
import { Proposer } from "../propose/proposer.ts";
import type { Decided, LearnerAnswer, Parts } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { Health } from "../rpc/health.ts";
import type { LeaderAnswer, LeaderCall } from "../rpc/leader-call.ts";
import type { Hint } from "../rpc/log-position.ts";
import { type Results, requestRef } from "../rpc/request-ref.ts";
import * as timing from "../timing.ts";
import type { TellTransition } from "../transition.ts";

/** A ballot this leader owns, and the slots it gave out in it. In memory only: a new instance takes a new ballot. */
interface Term {
  readonly ballot: Ballot;
  nextSlot: Slot;
}

/** What one call brought; it stays together. */
interface Waiting {
  readonly commands: readonly Command[];
  readonly bytes: number;
  readonly weight: number;
  readonly deadlineAt: number;
  readonly answer: (answer: LeaderAnswer) => void;
}

/**
 * The distinguished proposer (Paxos Made Simple, 3): one phase 1 for the whole log, then one accept per batch,
 * pipelined. Whoever is asked leads; that it is one is a matter of speed, never of safety.
 *
 * It waits for nothing when idle: a command goes out at once. While rounds are under way the next one starts a part of
 * a round's time later, with all that came meanwhile, so that there are few rounds, large when it is busy.
 */
export class Leader {
  readonly #context: NodeContext;
  readonly #host: Host;
  readonly #parts: Parts;
  readonly #configuration: Configuration;
  readonly #pace: Pace;
  readonly #tellTransition: TellTransition;
  /** One for all terms: what the last one heard of, late answers too, the next has to be above. */
  readonly #proposer: Proposer;
  #queue: Waiting[] = [];
  #term: Term | undefined;
  #electing = false;
  #failures = 0;
  #cancelIdle: (() => void) | undefined;

  constructor(
    host: Host,
    parts: Parts,
    configuration: Configuration,
    limits: NodeLimits = NODE_LIMITS,
    tell: TellTransition = () => {},
  ) {
    this.#tellTransition = tell;
    this.#context = { host, parts, configuration, health: new Health(host, parts.region), limits };
    this.#host = host;
    this.#parts = parts;
    this.#configuration = configuration;
    this.#proposer = new Proposer(this.#context);
    this.#pace = new Pace(host, limits.pipelineMax, () => this.#next());
  }

  async handle(call: LeaderCall): Promise<LeaderAnswer> {
    if (!configurationEqual(this.#configuration, call.configuration)) return { kind: "silent" };
    const bytes = call.commands.reduce((sum, { op }) => sum + opBytes(op), 0);
    if (!this.#hasRoom(bytes)) return { kind: this.#term === undefined ? "failed" : "busy" };
    return new Promise((resolve) => {
      const waiting: Waiting = {
        commands: call.commands,
        bytes,
        weight: call.commands.reduce((sum, { op }) => sum + opWeight(op), 0),
        deadlineAt: this.#host.now() + call.waitMs,
        answer: (answer) => {
          cancel();
          resolve(answer);
        },
      };
      const cancel = this.#host.timer(call.waitMs, () => {
        const isBusy = this.#term !== undefined && this.#queue.includes(waiting);
        resolve({ kind: isBusy ? "busy" : "failed" });
      });
      this.#queue.push(waiting);
      this.#pump();
    });
  }

  #hasRoom(bytes: number): boolean {
    const waiting = this.#queue.reduce((sum, one) => sum + one.bytes, bytes);
    const commands = this.#queue.reduce((sum, one) => sum + one.commands.length, 0);
    const { queueCommandsMax, queueBytesMax } = this.#context.limits;
    return commands < queueCommandsMax && waiting <= queueBytesMax;
  }

  /** Sends what can be sent now. Called whenever something changed. */
  #pump(): void {
    this.#cancelIdle?.();
    this.#cancelIdle = undefined;
    if (this.#term === undefined) {
      if (this.#queue.length > 0 && !this.#electing) this.#host.background(this.#elect());
      return;
    }
    if (this.#queue.length > 0) this.#pace.want();
    else if (this.#pace.underWay === 0) this.#rest(this.#term);
  }

  #next(): Promise<void> | undefined {
    if (this.#term === undefined) return undefined;
    const batch = this.#takeBatch();
    if (batch.length > 0) return this.#propose(this.#term, batch);
    this.#pump();
    return undefined;
  }

  /** Takes a new ballot for the whole log and finishes what it finds there. */
  async #elect(): Promise<void> {
    this.#electing = true;
    let isElected = false;
    try {
      if (this.#failures > 0) {
        await sleep(
          this.#host,
          backoffMs(this.#host, timing.BACKOFF_MIN_MS * 4, this.#failures, timing.BACKOFF_MAX_MS),
        );
      }
      const known = await this.#askLearner({ kind: "hint", configuration: this.#configuration, reserve: false });
      if (known?.kind === "hint") this.#proposer.heard(known.ballot);
      const from = (known?.kind === "hint" ? known.appliedUpTo : 0) + 1;
      const deadlineAt = this.#host.now() + timing.LEADER_PATIENCE_MS;
      const lead = this.#parts.region;
      const elected = await this.#proposer.recover({ from, upTo: 0, lead, deadlineAt });
      if (elected.hint === undefined || elected.nextSlot === undefined) return;
      isElected = true;
      this.#failures = 0;
      this.#term = { ballot: elected.hint.ballot, nextSlot: elected.nextSlot };
      this.#told("leader-elected", this.#term);
      await this.#tell(elected.decided, elected.hint);
    } finally {
      this.#electing = false;
      if (!isElected) this.#failures++;
      this.#dropExpired();
      this.#pump();
    }
  }

  async #propose(term: Term, batch: readonly Waiting[]): Promise<void> {
    const slot = term.nextSlot++;
    const entry = { id: this.#host.freshId(), body: entryEncode(batch.flatMap((one) => one.commands)) };
    const chosen = await this.#proposer.accept(term.ballot, slot, entry, this.#parts.region);
    if (chosen) return this.#host.background(this.#answer(term, { slot, entry }, batch));
    // Outcome unknown: the same requests go again, in a later ballot; whichever is applied first counts.
    if (this.#term === term) this.#term = undefined;
    this.#failures++;
    this.#queue = [...batch, ...this.#queue];
    this.#pump();
  }

  async #answer(term: Term, decided: Decided, batch: readonly Waiting[]): Promise<void> {
    const { slot } = decided;
    const hint = this.#hintOf(term);
    const results = await this.#settle(decided, hint, batch);
    let first = 0;
    for (const { commands, answer } of batch) {
      const own = results?.slice(first, first + commands.length);
      first += commands.length;
      answer(own === undefined ? { kind: "failed" } : { kind: "submitted", results: own, slot, hint });
    }
  }

  async #settle(decided: Decided, hint: Hint, batch: readonly Waiting[]): Promise<Results | undefined> {
    const requests = batch.flatMap((one) => one.commands.map(requestRef));
    const { slot } = decided;
    const waitMs = Math.max(0, ...batch.map((one) => one.deadlineAt)) - this.#host.now();
    const configuration = this.#configuration;
    const call = { kind: "settle", configuration, decided: [decided], hint, slot, requests, waitMs } as const;
    const answer = await this.#askLearner(call, waitMs);
    return answer?.kind === "settled" ? answer.results : undefined;
  }

  /** With nothing to do for a while, opens the log: the next writer needs nobody between it and the acceptors. */
  #rest(term: Term): void {
    this.#cancelIdle = this.#host.timer(timing.LEADER_IDLE_MS, () => {
      if (this.#term !== term || this.#pace.underWay > 0 || this.#queue.length > 0) return;
      this.#term = undefined;
      this.#told("leader-rested", term);
      const hint = this.#proposer.reopen(term.ballot, term.nextSlot);
      this.#host.background(this.#tell([], hint));
    });
  }

  #told(event: "leader-elected" | "leader-rested", { ballot, nextSlot: slot }: Term): void {
    this.#tellTransition({ event, ballot: ballot.n, slot });
  }

  #takeBatch(): Waiting[] {
    this.#dropExpired();
    return batchTake(this.#context.limits, this.#queue, ({ weight, bytes }) => ({ commands: weight, bytes }));
  }

  /** Nobody waits for these any more. */
  #dropExpired(): void {
    const now = this.#host.now();
    this.#queue = this.#queue.filter((one) => one.deadlineAt > now);
  }

  #hintOf(term: Term): Hint {
    return { ballot: term.ballot, openFrom: CLOSED, leader: this.#parts.region };
  }

  async #tell(decided: readonly Decided[], hint: Hint): Promise<void> {
    await this.#askLearner({ kind: "learn", configuration: this.#configuration, decided, hint });
  }

  /** The learner of its own region: it needs the results first, and passes the news on. */
  async #askLearner(call: Parameters<Parts["learners"]["call"]>[1], waitMs = 0): Promise<LearnerAnswer | undefined> {
    const { region, learners } = this.#parts;
    const to = addressOf(this.#configuration, "learner", region);
    const outcome = await learners.call(to, call, this.#context.health.timeoutMs(region) + waitMs);
    return outcome.ok ? outcome.answer : undefined;
  }
}
