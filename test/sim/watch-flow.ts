import { WATCH_STALL_MS_MAX, WATCH_UNCONFIRMED_CHARS_MAX } from "../../src/api/limits.ts";
import { CLOCK_RATE_MAX } from "./clock.ts";
import { demand } from "./violation.ts";

const ROUNDING_MS = 2;

/**
 * What a learner sent on one connection, held against what it may: so much that was not confirmed, and no end to a
 * watch whose consumer keeps up.
 */
export class WatchFlow {
  readonly #name: string;
  /** On this connection, and confirmed on it. */
  #frames = 0;
  #confirmed = 0;
  /** What the learner sent in this instance of its; what it sent before it can not know of. */
  #chars = 0;
  #lastAt = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** The learner lost its memory. */
  forgotten(): void {
    this.#chars = 0;
  }

  sent(now: number, frame: string): void {
    const isBounded = this.#confirmed > 0 || this.#chars < WATCH_UNCONFIRMED_CHARS_MAX;
    demand(isBounded, () => `${this.#name} was sent more than it may leave unconfirmed`);
    this.#chars += frame.length;
    this.#frames++;
    this.#lastAt = now;
  }

  confirmed(frames: number): void {
    this.#confirmed += frames;
  }

  /** It is dropped as too slow. */
  dropped(now: number): void {
    const stalledMs = (now - this.#lastAt) * CLOCK_RATE_MAX + ROUNDING_MS;
    demand(stalledMs >= WATCH_STALL_MS_MAX, () => `${this.#name} was dropped as slow after ${stalledMs} ms`);
    const isOwing = this.#chars >= WATCH_UNCONFIRMED_CHARS_MAX && this.#confirmed < this.#frames;
    demand(
      isOwing,
      () => `${this.#name} was dropped as slow, with ${this.#confirmed} of ${this.#frames} frames confirmed`,
    );
  }
}
