import { opBytes, opWeight } from "../../state/entry.ts";
import type { Learner } from "../learner/learner.ts";
import * as limits from "../limits.ts";
import type { Draft, LearnerAnswer } from "../rpc/call.ts";
import { Health } from "../rpc/health.ts";
import { batchTake } from "./batch.ts";
import { Contention } from "./contention.ts";
import { LocalHome } from "./local-home.ts";
import { Pace } from "./pace.ts";
import { Proposer } from "./proposer.ts";
import { Writer } from "./writer.ts";

interface Waiting {
  readonly draft: Draft;
  readonly bytes: number;
  readonly deadlineAt: number;
  readonly answer: (answer: LearnerAnswer) => void;
}

/**
 * Proposes for all writers of a learner's region: what comes while rounds are under way goes together in the next
 * entry, and the entries of one region never race each other. A proposer like any other: it keeps nothing that may
 * not be lost, and whoever can not reach it proposes for itself.
 */
export class GroupWriter {
  readonly #learner: Learner;
  readonly #pace: Pace;
  readonly #leaders: Health;
  readonly #home: LocalHome;
  readonly contention = new Contention();
  readonly #queue: Waiting[] = [];
  #bytes = 0;
  #entries = 0;
  #commands = 0;

  constructor(learner: Learner) {
    const { host, parts } = learner;
    this.#learner = learner;
    this.#pace = new Pace(host, limits.PIPELINE_MAX, () => this.#next());
    this.#leaders = new Health(host, parts.region);
    this.#home = new LocalHome(learner);
  }

  /** Commands in an entry, on average, of those proposed lately; 0 before the first. */
  get batchSize(): number {
    return this.#entries === 0 ? 0 : this.#commands / this.#entries;
  }

  write(draft: Draft, waitMs: number): Promise<LearnerAnswer> {
    const bytes = opBytes(draft.op);
    if (this.#queue.length >= limits.QUEUE_COMMANDS_MAX || this.#bytes + bytes > limits.QUEUE_BYTES_MAX) {
      return Promise.resolve({ kind: "busy" });
    }
    return new Promise((resolve) => {
      const deadlineAt = this.#learner.host.now() + waitMs;
      this.#queue.push({ draft, bytes, deadlineAt, answer: resolve });
      this.#bytes += bytes;
      this.#pace.want();
    });
  }

  #next(): Promise<void> | undefined {
    this.#dropExpired();
    if (this.#queue.length === 0) return undefined;
    const batch = batchTake(this.#queue, ({ draft, bytes }) => ({ commands: opWeight(draft.op), bytes }));
    for (const { bytes } of batch) this.#bytes -= bytes;
    return this.#propose(batch);
  }

  /** Nobody waits for these any more. Those who came first need not have the first deadline. */
  #dropExpired(): void {
    const now = this.#learner.host.now();
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
    try {
      const outcomes = await this.#writer().write(drafts, deadlineOf(batch));
      outcomes.forEach((outcome, index) => batch[index]?.answer({ kind: "written", outcome }));
    } catch (error) {
      // Whoever waits is told all the same, and with it all whose questions came in the same call.
      const outcome = { kind: "outcome-unknown", detail: "the learner broke off" } as const;
      for (const { answer } of batch) answer({ kind: "written", outcome });
      throw error;
    }
  }

  #writer(): Writer {
    const { host, parts, configuration, health } = this.#learner;
    const proposer = new Proposer(host, parts, configuration, health);
    return new Writer(host, proposer, this.#home, { leaders: this.#leaders, contention: this.contention });
  }

  #count(commands: number): void {
    this.#entries = this.#entries * limits.BATCH_SIZE_DECAY + 1;
    this.#commands = this.#commands * limits.BATCH_SIZE_DECAY + commands;
  }
}

function deadlineOf(batch: readonly Waiting[]): number {
  return Math.max(...batch.map(({ deadlineAt }) => deadlineAt));
}
