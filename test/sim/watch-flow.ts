import { WATCH_STALL_MS_MAX, WATCH_UNCONFIRMED_CHARS_MAX } from "../../src/wire/limits.ts";
import { CLOCK_RATE_MAX } from "./clock.ts";
import { demand } from "./violation.ts";

const ROUNDING_MS = 2;

/**
 * What one life of a learner sent on one connection, held against what it may: so much that was not confirmed, and no
 * end to a watch whose consumer keeps up.
 */
export class WatchFlow {
  readonly #name: string;
  #chars = 0;
  #frames = 0;
  #lastAt = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** `confirmed`: frames that the watcher ever confirmed on this connection. */
  sent(now: number, frame: string, confirmed: number): void {
    const isBounded = confirmed > 0 || this.#chars < WATCH_UNCONFIRMED_CHARS_MAX;
    demand(isBounded, () => `${this.#name} was sent more than it may leave unconfirmed`);
    this.#chars += frame.length;
    this.#frames++;
    this.#lastAt = now;
  }

  /** It is dropped as too slow. */
  dropped(now: number, confirmed: number): void {
    const stalledMs = (now - this.#lastAt) * CLOCK_RATE_MAX + ROUNDING_MS;
    demand(stalledMs >= WATCH_STALL_MS_MAX, () => `${this.#name} was dropped as slow after ${stalledMs} ms`);
    const isOwing = this.#chars >= WATCH_UNCONFIRMED_CHARS_MAX && confirmed < this.#frames;
    demand(isOwing, () => `${this.#name} was dropped as slow, with ${confirmed} of ${this.#frames} frames confirmed`);
  }
}
