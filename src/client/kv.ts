import type { z } from "zod";
import type { DeleteAnswer, PutAnswer } from "../api/answer.ts";
import type { Caller, CallOptions } from "./caller.ts";
import { type Entry, namedKey } from "./entry.ts";
import { type HistoryOptions, type Version, versions } from "./history.ts";
import { type Key, keyPath } from "./key.ts";
import { listPage, listRest } from "./list.ts";
import {
  type ConditionOptions,
  conditionHeaders,
  type ListOptions,
  type PutOptions,
  type ReadOptions,
  readQuery,
  type WriteOptions,
} from "./options.ts";
import { type Receipt, receiptFrom } from "./receipt.ts";
import { type As, type ValueOf, valueDecode, valueEncode } from "./value.ts";

/** Reads under way at once. */
const FAN_OUT = 5;

/** Keys and values of a namespace. Every method throws `SynodError`. */
export class Kv {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The entry, or null when there is no such key. */
  async get<T = unknown, A extends As<T> | undefined = undefined>(
    key: Key,
    options: ReadOptions & { readonly as?: A } = {},
  ): Promise<(Entry<ValueOf<T, A>> & Receipt) | null> {
    const query = readQuery(options, this.#caller.session.revision);
    const response = await this.#caller.read({
      ...options,
      method: "GET",
      path: `/kv/${keyPath(key)}`,
      query,
      accept: [404],
    });
    if (response.status === 404) return null;
    const { headers } = response;
    const contentType = headers.get("content-type") ?? undefined;
    const bytes = new Uint8Array(await response.arrayBuffer());
    const { revision: _, ...how } = receiptFrom(headers);
    return {
      ...namedKey(key),
      value: (await valueDecode(bytes, contentType, options.as)) as ValueOf<T, A>,
      contentType,
      revision: Number(headers.get("etag")?.replaceAll('"', "") ?? 0),
      version: Number(headers.get("synod-version") ?? 0),
      createRevision: Number(headers.get("synod-create-revision") ?? 0),
      lease: headers.get("synod-lease") ?? undefined,
      ...labelsFrom(headers),
      ...how,
    };
  }

  /**
   * Many keys at one revision; null for each that does not exist. The first read is linearizable and fixes the revision
   * that the others are read at, so that no write is needed to see them together.
   */
  async getMany<T = unknown, A extends As<T> | undefined = undefined>(
    keys: readonly Key[],
    options: CallOptions & { readonly as?: A } = {},
  ): Promise<readonly (Entry<ValueOf<T, A>> | null)[]> {
    const [first, ...others] = keys;
    if (first === undefined) return [];
    const found = [await this.get<T, A>(first, options)];
    const { revision } = this.#caller.session;
    const at = { ...options, revision, consistency: "local" } as const;
    for (let from = 0; from < others.length; from += FAN_OUT) {
      found.push(...(await Promise.all(others.slice(from, from + FAN_OUT).map((key) => this.get<T, A>(key, at)))));
    }
    return found;
  }

  /** `version` is 1 when the key was created; it is absent for a repeat of a request that is long past. */
  async put(
    key: Key,
    value: unknown,
    options: PutOptions = {},
  ): Promise<Receipt & { readonly version?: number | undefined }> {
    const { bytes, contentType } = valueEncode(value, options.contentType);
    const response = await this.#caller.write({
      ...options,
      method: "PUT",
      path: `/kv/${keyPath(key)}`,
      query: { lease: options.lease, ttl: options.ttl === undefined ? undefined : `${options.ttl}` },
      headers: { ...conditionHeaders(options), "content-type": contentType ?? "application/octet-stream" },
      body: bytes,
    });
    const { revision, version } = (await response.json()) as z.infer<typeof PutAnswer>;
    return { ...receiptFrom(response.headers), revision, version };
  }

  /** Deleting a key that does not exist is no error: `deleted` is 0. It is absent for a repeat that is long past. */
  async delete(key: Key, options: ConditionOptions = {}): Promise<Receipt & { readonly deleted?: number | undefined }> {
    const headers = conditionHeaders(options);
    const response = await this.#caller.write({ ...options, method: "DELETE", path: `/kv/${keyPath(key)}`, headers });
    const { revision, deleted } = (await response.json()) as z.infer<typeof DeleteAnswer>;
    return { ...receiptFrom(response.headers), revision, deleted };
  }

  /** Deletes every key that begins with `prefix`, as one revision. */
  async deletePrefix(
    prefix: Key,
    options: WriteOptions = {},
  ): Promise<Receipt & { readonly deleted?: number | undefined }> {
    const response = await this.#caller.write({ ...options, method: "DELETE", path: "/kv", query: { prefix } });
    const { revision, deleted } = (await response.json()) as z.infer<typeof DeleteAnswer>;
    return { ...receiptFrom(response.headers), revision, deleted };
  }

  /** Every key that begins with `prefix`, in order, all at one revision. */
  async *list<T = unknown, A extends As<T> | undefined = undefined>(
    prefix: Key = "",
    options: ListOptions & { readonly as?: A } = {},
  ): AsyncGenerator<Entry<ValueOf<T, A>>, void, undefined> {
    const page = await listPage(this.#caller, prefix, undefined, options);
    yield* listRest<ValueOf<T, A>>(this.#caller, prefix, page, {
      ...options,
      as: options.as as As<ValueOf<T, A>> | undefined,
    });
  }

  /** The retained versions of a key, the newest first. */
  history<T = unknown>(key: Key, options: HistoryOptions<T> = {}): AsyncGenerator<Version<T>, void, undefined> {
    return versions(this.#caller, key, options);
  }
}

function labelsFrom(headers: Headers): Pick<Entry, "actor" | "time"> {
  const [actor, time] = [headers.get("synod-actor"), headers.get("synod-time")];
  return {
    actor: actor === null ? undefined : decodeURIComponent(actor),
    time: time === null ? undefined : new Date(time),
  };
}
