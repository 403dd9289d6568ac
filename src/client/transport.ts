import { percentEncode } from "../api/percent.ts";
import { type Key, keyBytes } from "./key.ts";

/** One request of a namespace, as every transport takes it. */
export interface TransportRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** `/v1/{namespace}` when absent; for the others, which name none, the namespace goes in a header. */
  readonly root?: "/v1" | "/ofrep/v1" | undefined;
  /** What follows the root, from its slash on. */
  readonly path: string;
  readonly query: Readonly<Record<string, Key | undefined>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array<ArrayBuffer> | string | undefined;
  readonly signal: AbortSignal;
}

/** The way to a namespace: over HTTP, or over a service binding. Throws when there is no answer. */
export interface Transport {
  send(request: TransportRequest): Promise<Response>;
}

/** What a service binding offers of itself here: `Fetcher` of the Workers runtime. */
export interface ServiceBinding {
  fetch(input: string, init?: RequestInit): Promise<Response>;
}

export interface TransportOptions {
  readonly namespace: string;
  readonly token?: string | (() => Promise<string>) | undefined;
  /** Development only: where this client says that it is. */
  readonly region?: string | undefined;
}

/** `base`: origin and path that come before `/v1`. */
export function transportOver(
  fetch: (input: string, init?: RequestInit) => Promise<Response>,
  base: string,
  options: TransportOptions,
): Transport {
  return {
    async send({ method, root, path, query, headers, body, signal }) {
      const { namespace, token, region } = options;
      const bearer = typeof token === "function" ? await token() : token;
      const all = {
        ...headers,
        authorization: bearer === undefined ? undefined : `Bearer ${bearer}`,
        "synod-region": region,
        "synod-namespace": root === undefined ? undefined : namespace,
      };
      const below = root ?? `/v1/${encodeURIComponent(namespace)}`;
      const url = `${base}${below}${path}${queryText(query)}`;
      return fetch(url, { method, headers: given(all), signal, ...(body === undefined ? {} : { body }) });
    },
  };
}

function queryText(query: TransportRequest["query"]): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${percentEncode(keyBytes(value))}`],
  );
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
