import type { z } from "zod";
import type { StatusAnswer } from "../api/answer.ts";
import { Caller, type CallOptions, jsonCall } from "./caller.ts";
import { Config } from "./config.ts";
import { Elections } from "./elections.ts";
import { Ending } from "./ending.ts";
import type { FlagEngine } from "./flag-engine.ts";
import { Flags } from "./flags-remote.ts";
import type { Key } from "./key.ts";
import { Kv } from "./kv.ts";
import { Leases } from "./leases.ts";
import { Locks } from "./locks.ts";
import type { WriteOptions } from "./options.ts";
import { Proposals, type Proposed, type ProposeOptions } from "./propose.ts";
import { Releases } from "./releases.ts";
import { Session } from "./session.ts";
import type { SnapshotStore } from "./snapshot/store.ts";
import { type ServiceBinding, transportOver } from "./transport.ts";
import { type Operation, type TxnRequest, type TxnResult, transact } from "./txn.ts";
import type { As, ValueOf } from "./value.ts";
import { Watch, type WatchOptions, type WatchSelector } from "./watch.ts";

/** Where the service is: a URL (origin, and a path before `/v1` if there is one), or a Worker's service binding. */
export type Place = { readonly url: string } | { readonly binding: ServiceBinding };

export interface SynodOptions {
  /** `default` when absent. */
  readonly namespace?: string | undefined;
  readonly token?: string | (() => Promise<string>) | undefined;
  /** Development only: where this client says that it is. */
  readonly region?: string | undefined;
  /** Milliseconds until a call's answer is not waited for any more: 10,000 when absent. */
  readonly deadlineMs?: number | undefined;
  /** Where views keep their last state. */
  readonly snapshot?: SnapshotStore | undefined;
  /** What evaluates flags of a view, where it is read; `synod/flags` exports it, since it is three times this client. */
  readonly flagEngine?: FlagEngine | undefined;
  readonly fetch?: ((input: string, init?: RequestInit) => Promise<Response>) | undefined;
}

/** A namespace, as one client sees it: it never goes back behind what it has seen. Make it with `createSynod`. */
export class Synod {
  readonly kv: Kv;
  readonly leases: Leases;
  readonly proposals: Proposals;
  readonly locks: Locks;
  readonly elections: Elections;
  readonly config: Config;
  readonly flags: Flags;
  readonly releases: Releases;
  readonly #caller: Caller;
  readonly #end = new Ending();

  constructor(caller: Caller, defaults: Pick<SynodOptions, "snapshot" | "flagEngine"> = {}) {
    this.#caller = caller;
    this.config = new Config(caller, defaults, this.#end);
    this.flags = new Flags(caller);
    this.releases = new Releases(caller);
    this.kv = new Kv(caller);
    this.leases = new Leases(caller);
    this.proposals = new Proposals(caller);
    this.locks = new Locks(caller, this.leases);
    this.elections = new Elections(caller, this.leases);
  }

  /** The highest revision that any answer named. */
  get revision(): number {
    return this.#caller.session.revision;
  }

  /** If every comparison holds, one list of operations, else the other; at one moment and as one revision. */
  txn<const Then extends readonly Operation<unknown>[] = [], const Else extends readonly Operation<unknown>[] = []>(
    request: TxnRequest<Then, Else>,
  ): Promise<TxnResult<Then, Else>> {
    return transact(this.#caller, request);
  }

  /** The first value proposed for a key is chosen for ever; the answer is the chosen one. */
  propose<T = unknown, A extends As<T> | undefined = undefined>(
    key: Key,
    value: unknown,
    options: ProposeOptions<A> = {},
  ): Promise<Proposed<ValueOf<T, A>>> {
    return this.proposals.propose<T, A>(key, value, options);
  }

  /** Follows a key or a prefix for ever: read it with `for await`. */
  watch<T = unknown>(selector: WatchSelector, options: WatchOptions<T> = {}): Watch<T> {
    const watch = new Watch(this.#caller, selector, options);
    const forget = this.#end.on(() => watch.close());
    watch.on("state", (state) => {
      if (state === "closed") forget();
    });
    return watch;
  }

  /** Forgets the history below `revision`: reads and watches from before it are refused from then on. */
  async compact(revision: number, options: WriteOptions = {}): Promise<void> {
    const response = await this.#caller.write({ ...options, ...jsonCall("POST", "/compact", { revision }) });
    await response.arrayBuffer();
  }

  async status(options: CallOptions = {}): Promise<z.infer<typeof StatusAnswer>> {
    const response = await this.#caller.read({ ...options, method: "GET", path: "/status" });
    return (await response.json()) as z.infer<typeof StatusAnswer>;
  }

  /** Ends every watch and view of this client. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.end();
  }
}

export function createSynod(place: Place, options: SynodOptions = {}): Synod {
  const { namespace = "default", token, region, deadlineMs } = options;
  const sent = { namespace, token, region };
  const transport =
    "binding" in place
      ? transportOver((input, init) => place.binding.fetch(input, init), "https://synod.internal", sent)
      : transportOver(options.fetch ?? ((input, init) => fetch(input, init)), place.url.replace(/\/+$/, ""), sent);
  return new Synod(new Caller(transport, new Session(), deadlineMs), options);
}
