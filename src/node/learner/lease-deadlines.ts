import type { LeaseId } from "../../api/key-value.ts";

const CAPACITY_MIN = 64;

/**
 * When leases run out, the soonest first: a binary heap of 16 bytes a lease, so that a million fit beside all else that
 * a learner holds. A renewal does not touch it: whoever takes a lease out looks at what it has become.
 */
export class LeaseDeadlines {
  #dueMs = new Float64Array(CAPACITY_MIN);
  #leases = new BigInt64Array(CAPACITY_MIN);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The soonest deadline, in milliseconds; undefined when there is none. */
  get nextMs(): number | undefined {
    return this.#size === 0 ? undefined : this.#dueMs[0];
  }

  add(lease: LeaseId, dueMs: number): void {
    if (this.#size === this.#dueMs.length) this.#grow();
    this.#rise(this.#size++, BigInt(lease), dueMs);
  }

  /** Takes out the lease that is due soonest. */
  take(): LeaseId | undefined {
    if (this.#size === 0) return undefined;
    const lease = this.#lease(0);
    const last = --this.#size;
    this.#sink(this.#lease(last), this.#due(last));
    return `${lease}`;
  }

  #rise(from: number, lease: bigint, dueMs: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#due(above) <= dueMs) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, lease, dueMs);
  }

  #sink(lease: bigint, dueMs: number): void {
    let at = 0;
    for (let below = 1; below < this.#size; below = 2 * at + 1) {
      if (below + 1 < this.#size && this.#due(below + 1) < this.#due(below)) below++;
      if (dueMs <= this.#due(below)) break;
      this.#move(below, at);
      at = below;
    }
    this.#put(at, lease, dueMs);
  }

  #due(at: number): number {
    return this.#dueMs[at] ?? Number.POSITIVE_INFINITY;
  }

  #lease(at: number): bigint {
    return this.#leases[at] ?? 0n;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#lease(from), this.#due(from));
  }

  #put(at: number, lease: bigint, dueMs: number): void {
    this.#leases[at] = lease;
    this.#dueMs[at] = dueMs;
  }

  #grow(): void {
    const [dueMs, leases] = [this.#dueMs, this.#leases];
    this.#dueMs = new Float64Array(2 * dueMs.length);
    this.#leases = new BigInt64Array(2 * leases.length);
    this.#dueMs.set(dueMs);
    this.#leases.set(leases);
  }
}
