/** A tiny client of the HTTP interface: one method per route, nothing retried, nothing hidden. */

import type { StatusAnswer } from "../../src/api/answer.ts";
import type { Problem } from "../../src/api/problem.ts";
import type { DevNetwork } from "../../src/network/dev-network.ts";
import type { Region } from "../../src/network/region.ts";

/** The five regions of the default configuration, each with an acceptor and a home learner. */
export const ACCEPTORS = ["wnam", "enam", "weur", "apac", "oc"] as const satisfies readonly Region[];

/** More than the server's own deadline: whatever takes longer hangs. */
export const HANG_MS = 15_000;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** The store's revision (`synod-revision`); NaN when the answer carries none. */
  readonly revision: number;
  /** `synod-path` without its parameters, and the round trips it names. */
  readonly path: string | undefined;
  readonly trips: number;
  /** The key's mod_revision; NaN when the answer carries none. */
  readonly etag: number;
  readonly problem: Problem | undefined;
}

export interface Asked {
  readonly ifMatch?: number | "*";
  readonly ifNoneMatch?: "*";
  readonly idempotencyKey?: string | undefined;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  readonly consistency?: "linearizable" | "local";
  readonly minRevision?: number | undefined;
  readonly query?: Readonly<Record<string, string>>;
}

export interface KeyListed {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: number;
  readonly version: number;
}

export interface ListPage {
  readonly revision: number;
  readonly keys: readonly KeyListed[];
  readonly cursor?: string;
}

/** A client in one region, of one namespace. */
export class Client {
  readonly base: string;
  readonly namespace: string;
  readonly region: Region;

  constructor(base: string, namespace: string, region: Region = "enam") {
    this.base = base;
    this.namespace = namespace;
    this.region = region;
  }

  /** The same namespace from another region. */
  at(region: Region): Client {
    return new Client(this.base, this.namespace, region);
  }

  put(key: string, value: string | Uint8Array, asked: Asked = {}): Promise<Answer> {
    return this.#send("PUT", `kv/${keyPath(key)}`, asked, value);
  }

  get(key: string, asked: Asked = {}): Promise<Answer> {
    return this.#send("GET", `kv/${keyPath(key)}`, asked);
  }

  local(key: string, minRevision?: number): Promise<Answer> {
    return this.get(key, { consistency: "local", minRevision });
  }

  del(key: string, asked: Asked = {}): Promise<Answer> {
    return this.#send("DELETE", `kv/${keyPath(key)}`, asked);
  }

  propose(key: string, value: string | Uint8Array, asked: Asked = {}): Promise<Answer> {
    return this.#send("POST", `propose/${keyPath(key)}`, asked, value);
  }

  proposal(key: string, asked: Asked = {}): Promise<Answer> {
    return this.#send("GET", `propose/${keyPath(key)}`, asked);
  }

  /** One page. */
  async list(query: Readonly<Record<string, string>>): Promise<ListPage> {
    const answer = await this.#send("GET", "kv", { query });
    return jsonOf<ListPage>(answer);
  }

  /** All pages. */
  async listAll(prefix: string, limit = 1_000): Promise<KeyListed[]> {
    const keys: KeyListed[] = [];
    let cursor: string | undefined;
    do {
      const page: ListPage = await this.list({
        prefix,
        limit: `${limit}`,
        ...(cursor === undefined ? {} : { cursor }),
      });
      keys.push(...page.keys);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return keys;
  }

  async status(): Promise<StatusAnswer> {
    return jsonOf<StatusAnswer>(await this.#send("GET", "status", {}));
  }

  async #send(method: string, path: string, asked: Asked, body?: string | Uint8Array): Promise<Answer> {
    const query = new URLSearchParams(asked.query);
    if (asked.consistency !== undefined) query.set("consistency", asked.consistency);
    if (asked.minRevision !== undefined) query.set("min_revision", `${asked.minRevision}`);
    const search = query.size === 0 ? "" : `?${query.toString()}`;
    const response = await fetch(`${this.base}/v1/${this.namespace}/${path}${search}`, {
      method,
      // workerd closes idle connections after five seconds, and whoever uses one at that moment has lost its request.
      headers: { connection: "close", "synod-region": this.region, ...headersOf(asked) },
      signal: AbortSignal.any([AbortSignal.timeout(HANG_MS), ...(asked.signal === undefined ? [] : [asked.signal])]),
      ...(body === undefined ? {} : { body: typeof body === "string" ? Buffer.from(body) : Buffer.from(body) }),
    });
    return answerOf(response);
  }
}

/** A key as a path: slashes stand as they are. */
export function keyPath(key: string): string {
  return key.split("/").map(encodeURIComponent).join("/");
}

function headersOf({ ifMatch, ifNoneMatch, idempotencyKey, contentType }: Asked): Record<string, string> {
  return {
    ...(ifMatch === undefined ? {} : { "if-match": ifMatch === "*" ? "*" : `"${ifMatch}"` }),
    ...(ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch }),
    ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    ...(contentType === undefined ? {} : { "content-type": contentType }),
  };
}

export async function answerOf(response: Response): Promise<Answer> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const { status, headers } = response;
  const [path, trips] = (headers.get("synod-path") ?? "").split("; trips=");
  const isProblem = headers.get("content-type") === "application/problem+json";
  return {
    status,
    headers,
    bytes,
    text,
    revision: Number(headers.get("synod-revision") ?? Number.NaN),
    path: path === "" ? undefined : path,
    trips: Number(trips ?? Number.NaN),
    etag: Number(/^"(\d+)"$/.exec(headers.get("etag") ?? "")?.[1] ?? Number.NaN),
    problem: isProblem ? (JSON.parse(text) as Problem) : undefined,
  };
}

export function jsonOf<T>(answer: Answer): T {
  if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.text}`);
  return JSON.parse(answer.text) as T;
}

/** Replaces the simulated network; `{}` heals it. */
export async function networkSet(base: string, network: DevNetwork): Promise<void> {
  const response = await fetch(`${base}/dev/network`, { method: "PUT", body: JSON.stringify(network) });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  await response.body?.cancel();
}

export async function networkGet(base: string): Promise<DevNetwork> {
  return jsonOf<DevNetwork>(await answerOf(await fetch(`${base}/dev/network`)));
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
