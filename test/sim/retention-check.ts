import type { Retention } from "../../src/node/learner/retention.ts";
import { CLOCK_RATE_MAX } from "./clock.ts";
import type { KvModel, Operated } from "./kv-model.ts";
import type { Tally } from "./tally.ts";
import { demand } from "./violation.ts";

/** A sixteenth more than what is kept gathers, and one, before a learner compacts. */
const GATHERED = 1 + 1 / 16;
const ROUNDING_MS = 2;

/** Learners compact by themselves never more than they were told to, and in the end no less. */
export class RetentionCheck {
  readonly #retention: Retention;
  readonly #model: KvModel;
  readonly #tally: Tally;
  /** When each revision was decided. */
  readonly #times: { readonly at: number; readonly revision: number }[] = [];

  constructor(retention: Retention, model: KvModel, tally: Tally) {
    this.#retention = retention;
    this.#model = model;
    this.#tally = tally;
  }

  decided(now: number, { command: { op }, result, isRepeat }: Operated): void {
    this.#times.push({ at: now, revision: this.#model.revision });
    if (op.kind !== "compact" || isRepeat) return;
    if (result.kind === "refused") return this.#tally.add("compaction refused");
    this.#tally.add("compaction applied");
    const { revisions, seconds } = this.#retention;
    if (revisions !== undefined) {
      this.#tally.add("compaction by retention");
      const kept = result.revision - op.revision;
      demand(kept >= revisions, () => `${kept} revisions are kept of ${revisions}`);
    }
    if (seconds === undefined) return;
    this.#tally.add("compaction by retention");
    const then = now - (seconds * 1_000) / CLOCK_RATE_MAX + ROUNDING_MS;
    const current = this.#times.findLast(({ at }) => at <= then)?.revision ?? 1;
    demand(
      op.revision <= current,
      () => `compacted to ${op.revision}; ${current} was current ${seconds} s before, and is to be kept`,
    );
  }

  /** Whether no more is kept than has to be. */
  get isDone(): boolean {
    const { revisions } = this.#retention;
    const { revision, compact } = this.#model;
    return revisions === undefined || revision - Math.max(1, compact) <= revisions * GATHERED + 1;
  }
}
