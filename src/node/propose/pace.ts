import type { Host } from "../../network/host.ts";
import * as timing from "../timing.ts";

/** Weight of the newest round in the idea of how long one takes. */
const NEWEST = 0.25;
/** By how much the least that a round took is raised with each that took longer: distances change. */
const FORGOTTEN = 1.02;
/** A clock of whole milliseconds says 0 of what took less, and that would be the least for ever. */
const TICK_MS = 1;

/**
 * When the next round of messages begins: at once when none is under way, else a part of a round's time after the last
 * one began, so that what comes meanwhile goes together. Few rounds, large when it is busy; no wait when idle.
 *
 * Even at once is after a timer of no time. workerd (seen with 2026-08) looks at sockets and timers only when nothing
 * else is left to do: work that follows on work without one would keep all others out.
 */
export class Pace {
  readonly #host: Host;
  readonly #depth: number;
  readonly #next: () => Promise<void> | undefined;
  #underWay = 0;
  #roundMs = 0;
  /** The least that a round took lately: what is the network's part of it, and not that of a queue. */
  #leastMs = Number.POSITIVE_INFINITY;
  #beganAt = 0;
  #cancel: (() => void) | undefined;

  /** `depth`: rounds under way at once. `next`: begins a round, or says that there is nothing to do. */
  constructor(host: Host, depth: number, next: () => Promise<void> | undefined) {
    this.#host = host;
    this.#depth = depth;
    this.#next = next;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** There may be something to do. */
  want(): void {
    if (this.#cancel !== undefined || this.#underWay >= this.#depthNow) return;
    const waitMs = this.#underWay === 0 ? 0 : this.#beganAt + this.#roundMs / this.#depth - this.#host.now();
    this.#cancel = this.#host.timer(Math.max(0, waitMs), () => {
      this.#cancel = undefined;
      const round = this.#next();
      if (round === undefined) return;
      this.#host.background(this.#run(round));
      this.want();
    });
  }

  /** Where all are near, nothing is gained by more rounds than one: they only are smaller, and in each other's way. */
  get #depthNow(): number {
    return this.#leastMs < timing.ROUND_NEAR_MS ? 1 : this.#depth;
  }

  async #run(round: Promise<void>): Promise<void> {
    const beganAt = this.#host.now();
    this.#beganAt = beganAt;
    this.#underWay++;
    try {
      await round;
    } finally {
      this.#underWay--;
      const tookMs = this.#host.now() - beganAt;
      this.#roundMs += NEWEST * (tookMs - this.#roundMs);
      this.#leastMs = Math.min(Math.max(TICK_MS, tookMs), this.#leastMs * FORGOTTEN);
      if (this.#underWay === 0) this.#cancelWait();
      this.want();
    }
  }

  /** What waited for the last round to get on need not wait any longer. */
  #cancelWait(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
