/** Half-open intervals of keys, written as etcd writes them. Keys are ordered byte by byte. */
export type Interval =
  | { readonly kind: "point"; readonly key: Uint8Array }
  | { readonly kind: "span"; readonly from: Uint8Array; readonly to: Uint8Array }
  | { readonly kind: "tail"; readonly from: Uint8Array };

/**
 * The interval that a `key` and an `end` name: no end (or an empty one, which etcd cannot tell from none) is the one
 * key, a single zero byte is "from key on", anything else is [key, end).
 */
export function intervalOf(key: Uint8Array, end: Uint8Array | undefined): Interval {
  if (!end || end.length === 0) return { kind: "point", key };
  if (end.length === 1 && end[0] === 0) return { kind: "tail", from: key };
  return { kind: "span", from: key, to: end };
}
