import { bytesCompare } from "../api/bytes.ts";
import { isSystemKey, SYSTEM_START } from "./system-space.ts";

/** Half-open intervals of keys. Keys are ordered byte by byte. */
export type Interval =
  | { readonly kind: "point"; readonly key: Uint8Array }
  | { readonly kind: "span"; readonly from: Uint8Array; readonly to: Uint8Array };

/**
 * The interval that a `key` and an `end` name, as etcd writes them: no end (or an empty one, which etcd cannot tell
 * from none) is the one key, a single zero byte is "from key on", anything else is [key, end). What begins in the
 * clients' key space ends with it.
 */
export function intervalOf(key: Uint8Array, end: Uint8Array | undefined): Interval {
  if (!end || end.length === 0) return { kind: "point", key };
  const isOpen = end.length === 1 && end[0] === 0;
  const isBeyond = !isSystemKey(key) && bytesCompare(end, SYSTEM_START) > 0;
  return { kind: "span", from: key, to: isOpen || isBeyond ? SYSTEM_START : end };
}
