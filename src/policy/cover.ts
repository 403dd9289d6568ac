import { byteString } from "../api/bytes.ts";

/** A half-open interval of keys as byte strings; without an end it has none. */
export interface Span {
  readonly from: string;
  readonly to: string | undefined;
}

/** The interval that a key and an end name, as etcd writes them. */
export function spanOf(key: Uint8Array, end?: Uint8Array): Span {
  const from = byteString(key);
  if (end === undefined || end.length === 0) return { from, to: `${from}\0` };
  return { from, to: end.length === 1 && end[0] === 0 ? undefined : byteString(end) };
}

/** Whether the union of `spans` has every key of `wanted`. */
export function covers(spans: readonly Span[], wanted: Span): boolean {
  let from = wanted.from;
  const isDone = () => wanted.to !== undefined && from >= wanted.to;
  for (const span of spans.toSorted((left, right) => (left.from < right.from ? -1 : 1))) {
    if (isDone()) return true;
    if (span.from > from) return false;
    if (span.to === undefined) return true;
    if (span.to > from) from = span.to;
  }
  return isDone();
}
