import { invariant } from "../../core/invariant.ts";

/** Bytes that several consumers hold, of all that they may hold together. */
export class MemoryBudget {
  readonly bytesMax: number;
  #held = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get held(): number {
    return this.#held;
  }

  /** What nobody holds. A consumer that may always take less than that leaves as much for the next one. */
  get free(): number {
    return Math.max(0, this.bytesMax - this.#held);
  }

  take(bytes: number): void {
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
    invariant(this.#held >= 0, "nobody releases what it does not hold");
  }
}
