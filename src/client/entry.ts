import { base64Decode } from "../api/base64.ts";
import { utf8Encode } from "../api/bytes.ts";
import type { KeyJson, KeyValueJson } from "../api/readable.ts";
import { SynodError } from "./error.ts";
import type { Key } from "./key.ts";
import { type As, valueBytesFrom, valueDecode } from "./value.ts";

/** A key and its value. */
export interface Entry<T = unknown> {
  /** As text; where its bytes are not UTF-8, with replacement characters. */
  readonly key: string;
  readonly keyBytes: Uint8Array;
  readonly value: T;
  readonly contentType: string | undefined;
  /** The revision that wrote it: the token of a compare-and-set. */
  readonly revision: number;
  /** How many times it was written since it was created; 1: once. */
  readonly version: number;
  readonly createRevision: number;
  /** The lease that keeps it alive, if one does. */
  readonly lease: string | undefined;
  /** Who wrote it, such as `token:ci`, where that is known. */
  readonly actor: string | undefined;
  /** When the router took the write, by its clock. A label: it orders nothing. */
  readonly time: Date | undefined;
}

/** A key as an answer names it. */
export type NamedKey = Pick<Entry, "key" | "keyBytes">;

const lossy = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

export function namedKey(key: Key): NamedKey {
  return typeof key === "string" ? { key, keyBytes: utf8Encode(key) } : { key: lossy.decode(key), keyBytes: key };
}

export function keyFrom({ key, key_encoding: encoding }: Pick<KeyJson, "key" | "key_encoding">): NamedKey {
  if (encoding === undefined) return namedKey(key);
  const bytes = base64Decode(key);
  if (bytes === undefined) throw new SynodError("invalid-answer", "the answer holds a key that is not base64");
  return namedKey(bytes);
}

export async function entryFrom<T>(json: KeyValueJson, as?: As<T>): Promise<Entry<T>> {
  return {
    ...keyFrom(json),
    value: (await valueDecode(valueBytesFrom(json), json.content_type, as)) as T,
    contentType: json.content_type,
    revision: json.mod_revision,
    version: json.version,
    createRevision: json.create_revision,
    lease: json.lease,
    actor: json.actor,
    time: json.time === undefined ? undefined : new Date(json.time),
  };
}
