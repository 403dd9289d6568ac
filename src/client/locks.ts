import type { Caller } from "./caller.ts";
import { HeldLease } from "./held-lease.ts";
import type { Leases } from "./leases.ts";
import { type Place, placeTake, placeTakeFirst, placeWait } from "./queue.ts";

const TTL_S = 15;

export interface AcquireOptions {
  /** Seconds that the lock outlives its holder's last sign of life: 15 when absent. */
  readonly ttl?: number | undefined;
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** A lock that is held. `await using` releases it. */
export interface Lock extends AsyncDisposable {
  /** The fencing token: higher than that of every holder before. Pass it on with each write that the lock protects. */
  readonly token: number;
  readonly lease: string;
  /** Aborts the moment the lock may be lost, before anybody else can hold it. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/** Locks and semaphores. Who waits stands in line, and nobody but the next is woken. */
export class Locks {
  readonly #caller: Caller;
  readonly #leases: Leases;

  constructor(caller: Caller, leases: Leases) {
    this.#caller = caller;
    this.#leases = leases;
  }

  /** Waits until the lock is this client's. */
  acquire(name: string, options: AcquireOptions = {}): Promise<Lock> {
    return this.#acquire(name, 1, options);
  }

  /** The lock if it is free now, else null. */
  async tryAcquire(name: string, { ttl = TTL_S, signal }: AcquireOptions = {}): Promise<Lock | null> {
    const lease = await HeldLease.grant(this.#leases, ttl, signal);
    try {
      const place = await placeTakeFirst(this.#caller, name, lease, signal);
      if (place !== undefined) return held(lease, place);
    } catch (error) {
      await released(lease);
      throw error;
    }
    await released(lease);
    return null;
  }

  /** A lock that `holders` may hold at once. */
  semaphore(name: string, holders: number) {
    return { acquire: (options: AcquireOptions = {}): Promise<Lock> => this.#acquire(name, holders, options) };
  }

  async #acquire(name: string, holders: number, { ttl = TTL_S, signal }: AcquireOptions): Promise<Lock> {
    const lease = await HeldLease.grant(this.#leases, ttl, signal);
    try {
      const place = await placeTake(this.#caller, name, lease, "", signal);
      const either = signal === undefined ? lease.signal : AbortSignal.any([signal, lease.signal]);
      await placeWait(this.#caller, name, place, holders, either);
      return held(lease, place);
    } catch (error) {
      await released(lease);
      throw error;
    }
  }
}

function held(lease: HeldLease, { revision }: Place): Lock {
  const release = () => lease.release();
  return { token: revision, lease: lease.id, signal: lease.signal, release, [Symbol.asyncDispose]: release };
}

/** A lease that cannot be revoked now runs out by itself. */
async function released(lease: HeldLease): Promise<void> {
  await lease.release().catch(() => {});
}
