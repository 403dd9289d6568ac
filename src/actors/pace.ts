import type { Host } from "../network/host.ts";

/** Weight of the newest round in the idea of how long one takes. */
const NEWEST = 0.25;

/**
 * When to begin the next round of messages: at once when none is under way, else a part of a round's time after the
 * last one began, so that what comes meanwhile goes together. Few rounds, large when it is busy; no wait when idle.
 */
export class Pace {
  readonly #host: Host;
  readonly #depth: number;
  readonly #again: () => void;
  #underWay = 0;
  #roundMs = 0;
  #beganAt = 0;
  #waiting = false;

  /** `depth`: rounds under way at once. `again`: called when a round may begin that could not before. */
  constructor(host: Host, depth: number, again: () => void) {
    this.#host = host;
    this.#depth = depth;
    this.#again = again;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Whether a round may begin; if not, `again` is called when it may. */
  mayBegin(): boolean {
    if (this.#underWay === 0) return true;
    if (this.#underWay >= this.#depth) return false;
    const waitMs = this.#beganAt + this.#roundMs / this.#depth - this.#host.now();
    if (waitMs <= 0) return true;
    if (!this.#waiting) {
      this.#waiting = true;
      this.#host.timer(waitMs, () => {
        this.#waiting = false;
        this.#again();
      });
    }
    return false;
  }

  async run<T>(round: () => Promise<T>): Promise<T> {
    const beganAt = this.#host.now();
    this.#beganAt = beganAt;
    this.#underWay++;
    try {
      return await round();
    } finally {
      this.#underWay--;
      this.#roundMs += NEWEST * (this.#host.now() - beganAt - this.#roundMs);
    }
  }
}
