import { byteString } from "../api/bytes.ts";
import type { KeyRange } from "../api/key-range.ts";
import { KEY_BYTES_MAX } from "../api/limits.ts";

/*
 * The system key space holds documents: who may do what, settings, releases. It is the part of the key order that no
 * client's key reaches: system keys begin with more bytes 0xff than a client's key has bytes, so that they come after
 * all of those. Versions, history, watches, transactions, leases, snapshots and digests treat them as any key.
 */

/** The first key of the system space, and the end of the clients'. */
export const SYSTEM_START: Uint8Array = new Uint8Array(KEY_BYTES_MAX + 1).fill(0xff);

/** The feature level that has documents, labels of versions, and the policy stamp. */
export const LEVEL_DOCUMENTS = 1;

/** Documents under this path decide what is permitted: a change of any moves the policy revision. */
export const POLICY_PATH = "policy/";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The key of the document at `path`, such as `policy/roles/reader`. */
export function systemKey(path: string): Uint8Array {
  const name = encoder.encode(path);
  const key = new Uint8Array(SYSTEM_START.length + name.length);
  key.set(SYSTEM_START);
  key.set(name, SYSTEM_START.length);
  return key;
}

export function isSystemKey(key: Uint8Array): boolean {
  return key.length > KEY_BYTES_MAX;
}

/** The path of a system key. */
export function systemPath(key: Uint8Array): string {
  return decoder.decode(key.subarray(SYSTEM_START.length));
}

/** The keys of all documents whose path begins with `prefix`; an empty one means all documents. */
export function systemRange(prefix: string): KeyRange {
  return { key: systemKey(prefix), end: systemKey(`${prefix}\u{10ffff}`) };
}

const POLICY_START = byteString(systemKey(POLICY_PATH));

/** Whether a change of `key` changes what is permitted. */
export function isPolicyKey(key: Uint8Array): boolean {
  return isSystemKey(key) && byteString(key.subarray(0, POLICY_START.length)) === POLICY_START;
}

/** The feature level that an operation on `key`, or on what ends at it, needs. */
export function keyLevel(key: Uint8Array | undefined): number {
  return key !== undefined && isSystemKey(key) ? LEVEL_DOCUMENTS : 0;
}
