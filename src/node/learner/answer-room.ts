import type { Host } from "../../network/host.ts";
import { MemoryBudget } from "../watch/memory-budget.ts";

/** A smaller answer is not counted. */
export const LARGE_ANSWER_BYTES = 64 * 1024;
/** An answer counts for so long. The runtime does not say when it has left, and has copied it long before. */
const HELD_MS = 200;

/**
 * Memory for large answers to reads. One that is made while any is left may go beyond, so that answers of any size come
 * through, one after another.
 */
export class AnswerRoom {
  readonly #host: Pick<Host, "timer">;
  readonly #budget: MemoryBudget;

  constructor(host: Pick<Host, "timer">, bytesMax: number) {
    this.#host = host;
    this.#budget = new MemoryBudget(bytesMax);
  }

  get isFull(): boolean {
    return this.#budget.free === 0;
  }

  /** Counts an answer. */
  take(bytes: number): void {
    this.#budget.take(bytes);
    this.#host.timer(HELD_MS, () => this.#budget.release(bytes));
  }
}
