import type { z } from "zod";
import type { LeaseAnswer, LeaseHeldAnswer, LeasesAnswer } from "../api/answer.ts";
import { type Caller, type CallOptions, jsonCall } from "./caller.ts";
import { keyFrom, type NamedKey } from "./entry.ts";
import { type ReadOptions, readQuery, type WriteOptions } from "./options.ts";

/** A lease as it was granted or renewed. */
export interface Lease {
  readonly id: string;
  /** Seconds to live without a keep-alive, as granted. */
  readonly ttl: number;
  readonly revision: number;
}

export interface LeaseHeld extends Lease {
  /** Seconds left, as the learner that answered measures them. */
  readonly remaining: number | undefined;
  /** The keys that go with it, when asked for. */
  readonly keys: readonly NamedKey[];
}

export interface GrantOptions extends WriteOptions {
  /** A whole number from 1 to 2^63 - 1; chosen at random when absent. */
  readonly id?: string | undefined;
}

/** Leases: a key that is put under one is deleted when the lease ends. Every method throws `SynodError`. */
export class Leases {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** `ttl`: seconds. */
  async grant(ttl: number, { id = freshLeaseId(), ...options }: GrantOptions = {}): Promise<Lease> {
    const response = await this.#caller.write({ ...options, ...jsonCall("POST", "/leases", { ttl, id }) });
    return (await response.json()) as z.infer<typeof LeaseAnswer>;
  }

  /** Lets it live for its whole time again; `lease-not-found` when it is over. */
  async keepAlive(id: string, options: WriteOptions = {}): Promise<Lease> {
    const response = await this.#caller.write({ ...options, method: "POST", path: `/leases/${id}/keep-alive` });
    return (await response.json()) as z.infer<typeof LeaseAnswer>;
  }

  /** Ends it now, and deletes its keys. */
  async revoke(id: string, options: WriteOptions = {}): Promise<void> {
    const response = await this.#caller.write({ ...options, method: "DELETE", path: `/leases/${id}` });
    await response.arrayBuffer();
  }

  /** The lease, or null when it is over or never was. */
  async get(id: string, options: ReadOptions & { readonly keys?: boolean } = {}): Promise<LeaseHeld | null> {
    const query = { ...readQuery(options, this.#caller.session.revision), keys: options.keys ? "true" : undefined };
    const response = await this.#caller.read({
      ...options,
      method: "GET",
      path: `/leases/${id}`,
      query,
      accept: [404],
    });
    if (response.status === 404) return null;
    const { remaining, keys = [], ...lease } = (await response.json()) as z.infer<typeof LeaseHeldAnswer>;
    return { ...lease, remaining, keys: keys.map(keyFrom) };
  }

  /** The ids of all that are held. */
  async list(options: CallOptions = {}): Promise<readonly string[]> {
    const response = await this.#caller.read({ ...options, method: "GET", path: "/leases" });
    return ((await response.json()) as z.infer<typeof LeasesAnswer>).leases;
  }
}

const LEASE_ID_MAX = 2n ** 63n - 1n;

/** Chosen here, so that a repeat of the grant asks for the same lease. */
function freshLeaseId(): string {
  const [word = 1n] = crypto.getRandomValues(new BigUint64Array(1));
  return `${word & LEASE_ID_MAX || 1n}`;
}
