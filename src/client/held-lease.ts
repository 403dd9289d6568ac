import { SynodError } from "./error.ts";
import type { Leases } from "./leases.ts";
import { pause } from "./retry.ts";

/** Part of its time to live after which a lease is renewed, and after which it is taken for over. */
const RENEW_SHARE = 1 / 3;
const SAFE_SHARE = 0.95;

/**
 * A lease that is kept alive until it is released. `signal` aborts the moment it may be over by this client's own clock:
 * a learner measures the time to live from when it applied the renewal, which is after this client sent it.
 */
export class HeldLease {
  readonly id: string;
  readonly #leases: Leases;
  readonly #ttlMs: number;
  readonly #lost = new AbortController();
  readonly #end = new AbortController();
  #validUntil: number;
  #cancelExpiry: () => void = () => {};

  private constructor(leases: Leases, id: string, ttl: number, sentAt: number) {
    this.#leases = leases;
    this.id = id;
    this.#ttlMs = ttl * 1_000;
    this.#validUntil = 0;
    this.#renewed(sentAt);
    void this.#keepAlive();
  }

  /** `ttl`: seconds. */
  static async grant(leases: Leases, ttl: number, signal?: AbortSignal): Promise<HeldLease> {
    const sentAt = Date.now();
    const lease = await leases.grant(ttl, { signal });
    return new HeldLease(leases, lease.id, lease.ttl, sentAt);
  }

  /** Aborts, with a `SynodError`, when the lease is lost or may be. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Ends it now, with the keys under it. */
  async release(): Promise<void> {
    this.#end.abort();
    this.#cancelExpiry();
    this.#lose("it was released");
    await this.#leases.revoke(this.id).catch(ifStillHeld);
  }

  async #keepAlive(): Promise<void> {
    for (;;) {
      await pause(this.#ttlMs * RENEW_SHARE, this.#end.signal);
      if (this.#end.signal.aborted || this.#lost.signal.aborted) return;
      const sentAt = Date.now();
      const deadlineMs = Math.max(1, this.#validUntil - sentAt);
      try {
        await this.#leases.keepAlive(this.id, { deadlineMs, signal: this.#end.signal });
        this.#renewed(sentAt);
      } catch (error) {
        // Whatever else it is, the expiry that is set already decides.
        if (error instanceof SynodError && error.code === "lease-not-found") return this.#lose("the lease is over");
      }
    }
  }

  #renewed(sentAt: number): void {
    this.#validUntil = sentAt + this.#ttlMs * SAFE_SHARE;
    this.#cancelExpiry();
    const timer = setTimeout(() => this.#lose("the lease may be over"), this.#validUntil - Date.now());
    this.#cancelExpiry = () => clearTimeout(timer);
  }

  #lose(why: string): void {
    this.#cancelExpiry();
    if (!this.#lost.signal.aborted) this.#lost.abort(new SynodError("lease-not-found", why));
  }
}

function ifStillHeld(error: unknown): void {
  if (!(error instanceof SynodError && error.code === "lease-not-found")) throw error;
}
