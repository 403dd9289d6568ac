import type { WatchEvent } from "../../api/key-value.ts";

/** Bytes of keys and values in an event. */
export function eventBytes({ kv, prev }: WatchEvent): number {
  return kv.key.length + kv.value.length + (prev === undefined ? 0 : prev.key.length + prev.value.length);
}
