import * as timing from "../timing.ts";

/** How the last fast rounds of one place went: whether it is worth racing. */
export class Contention {
  readonly #missed: boolean[] = [];

  /** A fast round ended. */
  raced(isChosen: boolean): void {
    this.#missed.push(!isChosen);
    if (this.#missed.length > timing.RACES_REMEMBERED) this.#missed.shift();
  }

  /** Of the rounds remembered, from 0 to 1. */
  get missRate(): number {
    return this.#missed.length === 0 ? 0 : this.#misses / this.#missed.length;
  }

  /** Whether a leader serves better than the race does. Once, or in a few rounds only, says nothing yet. */
  get isHigh(): boolean {
    return this.#misses >= timing.MISSES_MIN && this.missRate > timing.MISS_RATE_MAX;
  }

  get #misses(): number {
    return this.#missed.filter(Boolean).length;
  }
}
