import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import { problem, problemResponse } from "./api/problem.ts";
import { appFor } from "./app-of.ts";
import {
  createSynod,
  type PutOptions,
  type ReadOptions,
  type Synod,
  type WatchOptions,
  type WatchSelector,
} from "./client/index.ts";
import { rawPath } from "./http/route.ts";
import type { Env } from "./objects/env.ts";
import type { Caller } from "./policy/caller.ts";

const ROLES = ["reader", "writer", "admin"] as const;

/**
 * What a caller's binding may do, set where it is declared (`props` of `[[services]]` in the caller's wrangler.toml) by
 * whoever may deploy to the account. Nothing given there means nothing allowed.
 */
export interface SynodProps {
  readonly namespace: string;
  /** A role that every namespace has: `reader` reads and watches, `writer` writes too, `admin` may do everything. */
  readonly role: (typeof ROLES)[number];
}

/**
 * The service as other Workers of the account bind it: no token, no HTTP on the way. `createSynod({ binding })` takes
 * it; without the client, `namespace()` gives the same by calls that pipeline.
 */
export class SynodService extends WorkerEntrypoint<Env, SynodProps> {
  override async fetch(request: Request): Promise<Response> {
    return (
      refusal(request, this.ctx.props) ??
      appFor(this.env, bindingCaller(this.ctx.props)).fetch(request, this.env, this.ctx)
    );
  }

  /** The namespace of the binding. */
  namespace(): NamespaceTarget {
    const { namespace } = this.ctx.props;
    const binding = { fetch: (input: string, init?: RequestInit) => this.fetch(new Request(input, init)) };
    return new NamespaceTarget(createSynod({ binding }, { namespace }));
  }
}

/** OFREP's, which names the namespace in a header, and changes nothing though it is asked by POST. */
const EVALUATE = "/ofrep/v1/evaluate/flags";

/** One namespace, called over RPC. What is thrown keeps its `name` and `code`. */
export class NamespaceTarget extends RpcTarget {
  readonly #synod: Synod;

  constructor(synod: Synod) {
    super();
    this.#synod = synod;
  }

  get(key: string, options?: ReadOptions) {
    return this.#synod.kv.get(key, options);
  }

  put(key: string, value: unknown, options?: PutOptions) {
    return this.#synod.kv.put(key, value, options);
  }

  delete(key: string) {
    return this.#synod.kv.delete(key);
  }

  /** All that begin with `prefix`, of one revision; the first `limit` of them when there are more. */
  async list(prefix: string, limit = 1_000) {
    const entries = [];
    for await (const entry of this.#synod.kv.list(prefix)) {
      if (entries.push(entry) >= limit) break;
    }
    return entries;
  }

  propose(key: string, value: unknown) {
    return this.#synod.propose(key, value);
  }

  /** A batch a line, in JSON: streams between Workers carry bytes alone. Values are text or base64. */
  watch(
    selector: WatchSelector,
    options: Pick<WatchOptions, "from" | "prev" | "filter"> = {},
  ): ReadableStream<Uint8Array> {
    const watch = this.#synod.watch<unknown>(selector, options);
    const batches = watch[Symbol.asyncIterator]();
    return new ReadableStream({
      type: "bytes",
      async pull(controller) {
        const { done, value } = await batches.next();
        if (done === true) controller.close();
        else controller.enqueue(new TextEncoder().encode(`${JSON.stringify(await plain(value))}\n`));
      },
      cancel: () => watch.close(),
    });
  }
}

/** A batch without what JSON cannot carry: bytes in base64, and the entries of a reset as a list. */
async function plain(batch: { readonly kind: string; readonly entries?: AsyncIterable<unknown> }): Promise<unknown> {
  const entries = batch.entries === undefined ? {} : { entries: await Array.fromAsync(batch.entries) };
  return JSON.parse(
    JSON.stringify({ ...batch, ...entries }, (name, value: unknown) => {
      if (name === "keyBytes") return undefined;
      return value instanceof Uint8Array ? { base64: btoa(String.fromCharCode(...value)) } : value;
    }),
  ) as unknown;
}

function bindingCaller({ namespace, role }: SynodProps): Caller {
  return { kind: "binding", namespace, role };
}

function refusal(request: Request, props: Partial<SynodProps> | undefined): Response | undefined {
  const { namespace, role } = props ?? {};
  if (namespace === undefined || role === undefined || !ROLES.includes(role)) {
    return denied("the binding names no namespace and role; give it props = { namespace, role }");
  }
  const path = rawPath(request);
  const isEvaluation = path === EVALUATE || path.startsWith(`${EVALUATE}/`);
  const isWithin = isEvaluation
    ? request.headers.get("synod-namespace") === namespace
    : path === `/v1/${namespace}` || path.startsWith(`/v1/${namespace}/`);
  if (!isWithin) return denied(`this binding is for the namespace ${namespace}`);
  const isRead = request.method === "GET" || request.method === "HEAD" || isEvaluation;
  return role !== "reader" || isRead ? undefined : denied("this binding may read only");
}

function denied(detail: string): Response {
  return problemResponse(problem("forbidden", detail));
}
