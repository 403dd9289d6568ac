import type { Caller } from "./caller.ts";
import type { Entry } from "./entry.ts";
import { SynodError } from "./error.ts";
import { HeldLease } from "./held-lease.ts";
import type { Leases } from "./leases.ts";
import { listFrom } from "./list.ts";
import type { AcquireOptions } from "./locks.ts";
import { type Place, placePrefix, placeTake, placeWait } from "./queue.ts";
import { put, transact, when } from "./txn.ts";
import type { As } from "./value.ts";
import { Watch } from "./watch.ts";

const TTL_S = 15;

/** Leadership that is held. `await using` resigns. */
export interface Leadership extends AsyncDisposable {
  /** The fencing token: higher than that of every leader before. */
  readonly token: number;
  readonly lease: string;
  /** Aborts the moment leadership may be lost, before anybody else can lead. */
  readonly signal: AbortSignal;
  /** Tells everybody who observes a new value. */
  proclaim(value: unknown): Promise<void>;
  resign(): Promise<void>;
}

/** Leader election: of all who campaign one leads at a time, in the order in which they came. */
export class Elections {
  readonly #caller: Caller;
  readonly #leases: Leases;

  constructor(caller: Caller, leases: Leases) {
    this.#caller = caller;
    this.#leases = leases;
  }

  /** Waits until this client leads; `value` is what observers are told of it. */
  async campaign(name: string, value: unknown, { ttl = TTL_S, signal }: AcquireOptions = {}): Promise<Leadership> {
    const lease = await HeldLease.grant(this.#leases, ttl, signal);
    try {
      const place = await placeTake(this.#caller, name, lease, value, signal);
      const either = signal === undefined ? lease.signal : AbortSignal.any([signal, lease.signal]);
      await placeWait(this.#caller, name, place, 1, either);
      return this.#leadership(lease, place);
    } catch (error) {
      await lease.release().catch(() => {});
      throw error;
    }
  }

  /** Who leads now, or null. */
  async leader<T = unknown>(name: string, options: { readonly as?: As<T> } = {}): Promise<Entry<T> | null> {
    return (await this.#first<T>(name, options.as, new AbortController().signal)).leader;
  }

  /** The present leader, and every one after it; null while there is none. Ends when `signal` aborts. */
  async *observe<T = unknown>(
    name: string,
    options: { readonly as?: As<T>; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Entry<T> | null, void, undefined> {
    const signal = options.signal ?? new AbortController().signal;
    let told: number | undefined;
    const { revision, leader } = await this.#first<T>(name, options.as, signal);
    yield leader;
    told = leader?.revision;
    for await (const { kind } of new Watch(
      this.#caller,
      { prefix: placePrefix(name) },
      { from: revision + 1, signal },
    )) {
      if (kind === "progress") continue;
      const now = await this.#first<T>(name, options.as, signal);
      if (now.leader?.revision !== told) yield now.leader;
      told = now.leader?.revision;
    }
  }

  async #first<T>(name: string, as: As<T> | undefined, signal: AbortSignal) {
    const { revision, entries } = await listFrom<T>(this.#caller, { prefix: placePrefix(name) }, as, signal);
    let leader: Entry<T> | null = null;
    for await (const entry of entries) {
      if (leader === null || entry.createRevision < leader.createRevision) leader = entry;
    }
    return { revision, leader };
  }

  #leadership(lease: HeldLease, { key, revision }: Place): Leadership {
    const resign = () => lease.release();
    const proclaim = async (value: unknown) => {
      const request = { if: [when(key).createRevision("=", revision)], do: [put(key, value, { lease: lease.id })] };
      const { succeeded } = await transact(this.#caller, request);
      if (!succeeded) throw new SynodError("precondition-failed", "this client does not lead any more");
    };
    return { token: revision, lease: lease.id, signal: lease.signal, proclaim, resign, [Symbol.asyncDispose]: resign };
  }
}
