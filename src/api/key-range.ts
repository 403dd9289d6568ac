/** The end of an interval that has none: [key, "\0") means "from key on", as in etcd. */
export const RANGE_END_OPEN: Uint8Array = Uint8Array.of(0);

export interface KeyRange {
  readonly key: Uint8Array;
  readonly end: Uint8Array;
}

/** All keys that begin with `prefix`; all keys there are when it is empty. */
export function prefixRange(prefix: Uint8Array): KeyRange {
  // No key is empty, so the first there can be is a single zero byte.
  return { key: prefix.length === 0 ? Uint8Array.of(0) : prefix, end: prefixEnd(prefix) };
}

/** The first key after all that begin with `prefix`: its last byte that can grow grows by one. */
function prefixEnd(prefix: Uint8Array): Uint8Array {
  for (let last = prefix.length - 1; last >= 0; last--) {
    const byte = prefix[last] ?? 0;
    if (byte < 0xff) return Uint8Array.of(...prefix.subarray(0, last), byte + 1);
  }
  return RANGE_END_OPEN;
}

/** The first possible key after `key`. */
export function keyAfter(key: Uint8Array): Uint8Array {
  return Uint8Array.of(...key, 0);
}

export function keyStartsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return key.length >= prefix.length && prefix.every((byte, index) => key[index] === byte);
}
