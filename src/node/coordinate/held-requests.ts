import * as timing from "../timing.ts";

/** A request that was cancelled never says so; after this long it is over in any case. */
const OVER_MS = 2 * timing.REQUEST_DEADLINE_MS;

/**
 * The requests that one process holds, counted by namespace: one namespace with more than it can have served must
 * not take the memory and the time of all others.
 */
export class HeldRequests {
  readonly #max: number;
  readonly #now: () => number;
  readonly #held = new Map<string, Set<{ readonly at: number }>>();

  /** `max`: of one namespace. */
  constructor(max: number, now: () => number) {
    this.#max = max;
    this.#now = now;
  }

  /** Runs `work`, unless the namespace has too many requests held already: undefined then. */
  async hold<T>(namespace: string, work: () => Promise<T>): Promise<T | undefined> {
    const held = this.#held.get(namespace) ?? new Set();
    if (held.size >= this.#max) this.#forget(held);
    if (held.size >= this.#max) return undefined;
    const request = { at: this.#now() };
    held.add(request);
    this.#held.set(namespace, held);
    try {
      return await work();
    } finally {
      held.delete(request);
      if (held.size === 0) this.#held.delete(namespace);
    }
  }

  /** Sets keep their order: the oldest come first. */
  #forget(held: Set<{ readonly at: number }>): void {
    for (const request of held) {
      if (request.at > this.#now() - OVER_MS) return;
      held.delete(request);
    }
  }
}
