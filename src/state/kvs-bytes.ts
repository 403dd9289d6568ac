import type { KeyValue } from "../api/key-value.ts";
import { KEY_OVERHEAD_BYTES } from "./limits.ts";

/** About what keys and values of a result take in memory, and the result itself. */
export function kvsBytes(kvs: readonly KeyValue[]): number {
  return kvs.reduce(
    (sum, { key, value }) => sum + KEY_OVERHEAD_BYTES + key.byteLength + value.byteLength,
    KEY_OVERHEAD_BYTES,
  );
}
