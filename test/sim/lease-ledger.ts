import type { LeaseId } from "../../src/api/key-value.ts";
import { CLOCK_RATE_MAX } from "./clock.ts";
import type { Operated } from "./kv-model.ts";
import type { Tally } from "./tally.ts";
import { demand } from "./violation.ts";

interface Held {
  readonly ttlMs: number;
  /** The slot of the grant or of the last renewal, and when it was decided: nobody can have applied it before. */
  readonly renewals: number;
  readonly at: number;
}

/** Clocks show whole milliseconds. */
const ROUNDING_MS = 2;
/** Leases that are granted for longer are not waited for. */
const WAITED_FOR_MS = 60_000;

/**
 * Leases in real time. A learner measures a TTL from when it applied the last renewal, by a clock that may be fast; so
 * between the decision of a renewal and that of an end that names it lies the TTL, and whatever keep-alive was
 * acknowledged was decided before that.
 */
export class LeaseLedger {
  readonly #held = new Map<LeaseId, Held>();
  readonly #tally: Tally;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  decided(now: number, slot: number, { command: { op }, result, isRepeat }: Operated): void {
    if (isRepeat || result.kind === "refused") return;
    if (op.kind === "lease-grant") this.#granted(now, slot, op.lease, op.ttl);
    else if (op.kind === "lease-keep-alive") this.#renewed(now, slot, op.lease);
    else if (op.kind === "lease-revoke") this.#revoked(op.lease);
    else if (op.kind === "lease-expire") {
      this.#expired(now, op.lease, op.renewals, result.kind === "lease-expire" ? result.deleted : 0);
    }
  }

  /** Leases of a TTL that is waited for, and still held. */
  get awaited(): readonly LeaseId[] {
    return [...this.#held].filter(([, { ttlMs }]) => ttlMs <= WAITED_FOR_MS).map(([lease]) => lease);
  }

  get size(): number {
    return this.#held.size;
  }

  #granted(at: number, slot: number, lease: LeaseId, ttl: number): void {
    demand(!this.#held.has(lease), () => `lease ${lease} was granted in slot ${slot}, while it was held`);
    this.#held.set(lease, { ttlMs: ttl * 1_000, renewals: slot, at });
    this.#tally.add("lease granted");
  }

  #renewed(at: number, slot: number, lease: LeaseId): void {
    const held = this.#held.get(lease);
    demand(held !== undefined, () => `lease ${lease} was renewed in slot ${slot}, and was not held`);
    this.#held.set(lease, { ...held, renewals: slot, at });
    this.#tally.add("lease renewed");
  }

  #revoked(lease: LeaseId): void {
    demand(this.#held.delete(lease), () => `lease ${lease} was revoked, and was not held: it ended twice`);
    this.#tally.add("lease revoked");
  }

  #expired(now: number, lease: LeaseId, renewals: number, deleted: number): void {
    const held = this.#held.get(lease);
    if (held?.renewals !== renewals) {
      demand(deleted === 0, () => `lease ${lease} ended twice, or for a renewal that was not its last`);
      return this.#tally.add("late expiry did nothing");
    }
    const measured = (now - held.at) * CLOCK_RATE_MAX + ROUNDING_MS;
    demand(
      measured >= held.ttlMs,
      () =>
        `lease ${lease} of ${held.ttlMs} ms ended ${Math.round(now - held.at)} ms after slot ${renewals} renewed it`,
    );
    this.#held.delete(lease);
    this.#tally.add("lease expired");
    if (deleted > 0) this.#tally.add("lease expired with keys");
  }
}
