import { utf8Encode } from "../../src/api/bytes.ts";
import { watchFrameHead } from "../../src/api/watch-frame.ts";
import type { WatchLimits } from "../../src/node/watch/watch-limits.ts";
import { CLOCK_RATE_MAX } from "./clock.ts";
import { demand } from "./violation.ts";

const ROUNDING_MS = 2;

/**
 * What a learner sent on one connection, held against what it may: so much that was not acknowledged, and no end to a
 * watch whose consumer keeps up.
 */
export class WatchFlow {
  readonly #name: string;
  readonly #limits: WatchLimits;
  /** What the learner sent in this instance of it, and was not acknowledged; what it sent before it can not know of. */
  #sent: { readonly bytes: number; readonly token: string | undefined }[] = [];
  #lastAt = 0;

  constructor(name: string, limits: WatchLimits) {
    this.#name = name;
    this.#limits = limits;
  }

  /** The learner lost its memory. */
  forgotten(): void {
    this.#sent = [];
  }

  sent(now: number, frame: string): void {
    const head = watchFrameHead(frame);
    const isBounded = head?.type === "cancelled" || !this.#isFull || !this.#isAsked;
    demand(isBounded, () => `${this.#name} was sent more than it may leave unacknowledged`);
    this.#sent.push({ bytes: utf8Encode(frame).length, token: head?.ack });
    this.#lastAt = now;
  }

  confirmed(token: string): void {
    this.#sent = this.#sent.slice(this.#sent.findIndex((one) => one.token === token) + 1);
  }

  /** It is dropped as too slow. */
  dropped(now: number): void {
    const stalledMs = (now - this.#lastAt) * CLOCK_RATE_MAX + ROUNDING_MS;
    demand(stalledMs >= this.#limits.stallMs, () => `${this.#name} was dropped as slow after ${stalledMs} ms`);
    demand(this.#isFull && this.#isAsked, () => `${this.#name} was dropped as slow, and owes nothing`);
  }

  get #isFull(): boolean {
    return this.#sent.reduce((sum, { bytes }) => sum + bytes, 0) >= this.#limits.windowBytes;
  }

  get #isAsked(): boolean {
    return this.#sent.some(({ token }) => token !== undefined);
  }
}
