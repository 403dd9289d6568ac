import type { Slot } from "../../core/log.ts";
import type { Caller } from "../../policy/caller.ts";
import { type Need, needsOfOp } from "../../policy/need.ts";
import type { Decision } from "../../policy/policy.ts";
import type { Op } from "../../state/command.ts";
import { opBytes, opWeight } from "../../state/entry.ts";
import type { LearnerAnswer } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { Health } from "../rpc/health.ts";
import * as timing from "../timing.ts";
import { batchTake } from "./batch.ts";
import { Contention } from "./contention.ts";
import { type Draft, POLICY_TRIES_MAX, POLICY_UNSETTLED, type Stamped, stampedOf } from "./draft.ts";
import { Pace } from "./pace.ts";
import { Proposer } from "./proposer.ts";
import type { ScanPace } from "./scan-pace.ts";
import { Writer, type WriterHome, type WriterOutcome } from "./writer.ts";

export const UPGRADING = {
  kind: "upgrading",
  detail: "the namespace has not reached the feature level of this operation",
} as const;

const TOO_MUCH = {
  kind: "overloaded",
  detail: "it looks through more keys than a learner may at the feature level of this namespace",
} as const;

type BatcherAnswer = Extract<LearnerAnswer, { readonly kind: "written" | "busy" }>;

/** What a waiting command is told, or that it is to be decided anew whether it is permitted. */
type Told = { readonly kind: "told"; readonly outcome: WriterOutcome } | { readonly kind: "busy" };

export interface BatcherPorts {
  /** Whether the namespace has reached the feature level of an operation. */
  readonly isReached: (op: Op) => boolean;
  readonly level: () => number;
  readonly decide: (caller: Caller, needs: readonly Need[]) => Promise<Decision>;
  readonly scans: Pick<ScanPace, "judge">;
}

interface Waiting {
  readonly draft: Stamped;
  readonly bytes: number;
  readonly deadlineAt: number;
  readonly answer: (told: Told) => void;
}

/**
 * Proposes for all writers of a learner's region: the commands that come while rounds are under way go together in the
 * next entry, and the entries of one region never race each other. A proposer like any other: it keeps nothing that may
 * not be lost, and a Worker that can not reach it proposes for itself.
 */
export class RegionBatcher {
  readonly contention = new Contention();
  readonly #context: NodeContext;
  readonly #home: WriterHome;
  readonly #ports: BatcherPorts;
  readonly #pace: Pace;
  readonly #leaders: Health;
  readonly #queue: Waiting[] = [];
  #bytes = 0;
  #entries = 0;
  #commands = 0;

  constructor(context: NodeContext, home: WriterHome, ports: BatcherPorts) {
    this.#ports = ports;
    const { host, parts, limits } = context;
    this.#context = context;
    this.#home = home;
    this.#pace = new Pace(host, limits.pipelineMax, () => this.#next());
    this.#leaders = new Health(host, parts.region);
  }

  /** Commands in an entry, on average, of those proposed lately; 0 before the first. */
  get batchSize(): number {
    return this.#entries === 0 ? 0 : this.#commands / this.#entries;
  }

  async write(draft: Draft, waitMs: number): Promise<BatcherAnswer> {
    const deadlineAt = this.#context.host.now() + waitMs;
    let birth: Slot | undefined;
    for (let tries = 1; tries <= POLICY_TRIES_MAX; tries++) {
      if (!this.#ports.isReached(draft.op)) return { kind: "written", outcome: UPGRADING };
      const decision = await this.#ports.decide(draft.caller, draft.needs ?? needsOfOp(draft.op));
      if (decision.kind === "denied") return { kind: "written", outcome: decision };
      const told = await this.#enqueue(stampedOf(draft, decision, this.#ports.level(), birth), deadlineAt);
      if (told.kind === "busy") return told;
      if (told.outcome.kind !== "policy-changed") return { kind: "written", outcome: told.outcome };
      birth = told.outcome.birth;
    }
    return { kind: "written", outcome: POLICY_UNSETTLED };
  }

  #enqueue(draft: Stamped, deadlineAt: number): Promise<Told> {
    const { limits } = this.#context;
    const bytes = opBytes(draft.op);
    if (this.#queue.length >= limits.queueCommandsMax || this.#bytes + bytes > limits.queueBytesMax) {
      return Promise.resolve({ kind: "busy" });
    }
    const turn = this.#ports.scans.judge(draft.op);
    if (turn === "later") return Promise.resolve({ kind: "busy" });
    if (turn === "never") return Promise.resolve({ kind: "told", outcome: TOO_MUCH });
    return new Promise((resolve) => {
      this.#queue.push({ draft, bytes, deadlineAt, answer: resolve });
      this.#bytes += bytes;
      this.#pace.want();
    });
  }

  #next(): Promise<void> | undefined {
    this.#dropExpired();
    if (this.#queue.length === 0) return undefined;
    const batch = batchTake(this.#context.limits, this.#queue, ({ draft, bytes }) => ({
      commands: opWeight(draft.op),
      bytes,
    }));
    for (const { bytes } of batch) this.#bytes -= bytes;
    return this.#propose(batch);
  }

  /** Nobody waits for these any more. Those who came first need not have the first deadline. */
  #dropExpired(): void {
    const now = this.#context.host.now();
    const isExpired = ({ deadlineAt }: Waiting) => deadlineAt <= now;
    if (!this.#queue.some(isExpired)) return;
    for (const waiting of this.#queue.splice(0)) {
      if (!isExpired(waiting)) {
        this.#queue.push(waiting);
        continue;
      }
      this.#bytes -= waiting.bytes;
      waiting.answer({ kind: "busy" });
    }
  }

  async #propose(batch: readonly Waiting[]): Promise<void> {
    this.#count(batch.length);
    const drafts = batch.map(({ draft }) => draft);
    const { meter } = this.#context;
    meter?.observe("batchCommands", batch.length);
    try {
      const outcomes = await this.#writer().write(drafts, deadlineOf(batch));
      const [first] = outcomes;
      if (first?.kind === "applied") meter?.add("commits", 1, first.path);
      else meter?.add("etcdFailed");
      outcomes.forEach((outcome, index) => batch[index]?.answer({ kind: "told", outcome }));
    } catch (error) {
      // Every writer is told all the same, and with it all whose questions came in the same call.
      const outcome = { kind: "outcome-unknown", detail: "the learner broke off" } as const;
      for (const { answer } of batch) answer({ kind: "told", outcome });
      throw error;
    }
  }

  #writer(): Writer {
    const memory = { leaders: this.#leaders, contention: this.contention };
    return new Writer(this.#context.host, new Proposer(this.#context), this.#home, memory);
  }

  #count(commands: number): void {
    this.#entries = this.#entries * timing.BATCH_SIZE_DECAY + 1;
    this.#commands = this.#commands * timing.BATCH_SIZE_DECAY + commands;
  }
}

function deadlineOf(batch: readonly Waiting[]): number {
  return Math.max(...batch.map(({ deadlineAt }) => deadlineAt));
}
