import type { KeyJson, KeyValueJson } from "../../api/readable.ts";
import { ask, askJson, freshRequestId } from "./http.ts";
import { type Key, keyOf, keyOfText, keyPath } from "./key-name.ts";
import { vantageHeaders } from "./session.ts";
import { type Value, valueOf } from "./value.ts";

/** What a list says of a key, without its value. */
export interface KeyMeta {
  readonly key: Key;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: string | undefined;
}

/** One page of a folder's direct children. */
export interface ChildrenPage {
  readonly revision: number;
  readonly keys: readonly KeyMeta[];
  readonly prefixes: readonly Key[];
  readonly cursor: string | undefined;
}

/** A key at one of its revisions. */
export interface Entry {
  readonly key: Key;
  readonly value: Value;
  readonly contentType: string | undefined;
  readonly modRevision: number;
  readonly createRevision: number;
  readonly version: number;
  readonly lease: string | undefined;
}

interface ListJson {
  readonly revision: number;
  readonly keys: readonly (KeyJson | KeyValueJson)[];
  readonly prefixes?: readonly { readonly prefix: string; readonly prefix_encoding?: string }[];
  readonly cursor?: string;
}

const PAGE_KEYS = 500;

export function keyMeta(json: KeyJson): KeyMeta {
  return { key: keyOf(json), modRevision: json.mod_revision, version: json.version, lease: json.lease };
}

export async function childrenRead(namespace: string, prefix: Key, cursor?: string): Promise<ChildrenPage> {
  const next = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  const query = `prefix=${keyPath(prefix)}&delimiter=%2F&keys_only=true&limit=${PAGE_KEYS}${next}`;
  const json = await askJson<ListJson>(`/v1/${namespace}/kv?${query}`, { headers: vantageHeaders() });
  return {
    revision: json.revision,
    keys: json.keys.map(keyMeta),
    prefixes: (json.prefixes ?? []).map(({ prefix, prefix_encoding }) =>
      keyOf({ key: prefix, key_encoding: prefix_encoding }),
    ),
    cursor: json.cursor,
  };
}

/** Keys that begin with a text, the first few. */
export async function keySearch(namespace: string, text: string, limit: number): Promise<readonly Key[]> {
  const query = `prefix=${keyPath(keyOfText(text))}&keys_only=true&limit=${limit}`;
  const { keys } = await askJson<ListJson>(`/v1/${namespace}/kv?${query}`, { headers: vantageHeaders() });
  return keys.map(keyOf);
}

/** The key now, or at a revision; undefined when there is none. */
export async function entryRead(namespace: string, key: Key, signal?: AbortSignal): Promise<Entry | undefined> {
  const query = `prefix=${keyPath(key)}&limit=1`;
  const { keys } = await askJson<ListJson>(`/v1/${namespace}/kv?${query}`, { headers: vantageHeaders(), signal });
  const [first] = keys;
  return first !== undefined && "value" in first && keyOf(first) === key ? entryOf(first) : undefined;
}

export function entryOf(json: KeyValueJson): Entry {
  const value = valueOf(json);
  return { ...keyMeta(json), value, contentType: json.content_type, createRevision: json.create_revision };
}

/** One version of a key; `entry` is undefined for a deletion. */
export interface Version {
  readonly revision: number;
  readonly entry: Entry | undefined;
  readonly actor: string | undefined;
  /** When the router that took it says that it did. */
  readonly at: number | undefined;
}

type VersionJson = { readonly actor?: string; readonly time?: string } & (
  | ({ readonly type: "put" } & KeyValueJson)
  | { readonly type: "delete"; readonly mod_revision: number }
);

/** A page of the versions that are kept, the newest first, and where the next page begins. */
export async function historyRead(namespace: string, key: Key, before?: number) {
  const query = before === undefined ? "" : `?before=${before}`;
  const path = `/v1/${namespace}/history/${keyPath(key)}${query}`;
  const json = await askJson<{ revision: number; versions: readonly VersionJson[]; before?: number }>(path, {
    headers: vantageHeaders(),
  });
  return { revision: json.revision, versions: json.versions.map(versionOf), before: json.before };
}

function versionOf(json: VersionJson): Version {
  const at = json.time === undefined ? undefined : Date.parse(json.time);
  const entry = json.type === "put" ? entryOf(json) : undefined;
  return { revision: json.mod_revision, entry, actor: json.actor, at };
}

/** Which state of a key a write is meant for: a revision, that there is no key, or whatever is there. */
export type Expected = number | "absent" | "any";

function condition(expected: Expected): Readonly<Record<string, string>> {
  if (expected === "any") return {};
  return expected === "absent" ? { "if-none-match": "*" } : { "if-match": `"${expected}"` };
}

export interface Written {
  readonly revision: number;
  /** As `synod-path` says how it was decided. */
  readonly path: string;
  readonly ms: number;
}

export async function entryPut(
  namespace: string,
  key: Key,
  value: Pick<Entry, "value" | "contentType"> & { readonly lease?: string | undefined },
  expected: Expected,
): Promise<Written> {
  const headers = {
    ...vantageHeaders(),
    ...condition(expected),
    ...(value.contentType === undefined ? {} : { "content-type": value.contentType }),
    "idempotency-key": freshRequestId(),
  };
  const lease = value.lease === undefined ? "" : `?lease=${value.lease}`;
  // A blob has no type of its own, which the browser would send along.
  const body = new Blob([value.value.bytes as Uint8Array<ArrayBuffer>]);
  return timed(`/v1/${namespace}/kv/${keyPath(key)}${lease}`, { method: "PUT", headers, body });
}

export async function entryDelete(namespace: string, key: Key, expected: Expected): Promise<Written> {
  const headers = { ...vantageHeaders(), ...condition(expected), "idempotency-key": freshRequestId() };
  return timed(`/v1/${namespace}/kv/${keyPath(key)}`, { method: "DELETE", headers });
}

async function timed(path: string, options: Parameters<typeof ask>[1]): Promise<Written> {
  const startedAt = performance.now();
  const response = await ask(path, options);
  const ms = performance.now() - startedAt;
  const { revision } = (await response.json()) as { revision: number };
  return { revision, path: response.headers.get("synod-path") ?? "", ms };
}
