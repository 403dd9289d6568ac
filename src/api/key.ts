import { KEY_BYTES_MAX, QUEUE_NAME_BYTES_MAX, VALUE_BYTES_MAX } from "./limits.ts";

/** What keys, prefixes and values may be, wherever they arrive: in a path, a query, a body, or a watcher's message. */

export interface BytesFault {
  readonly code: "invalid-request" | "too-large";
  readonly message: string;
}

export function keyFault(bytes: Pick<Uint8Array, "length">): BytesFault | undefined {
  if (bytes.length === 0) return { code: "invalid-request", message: "a key must not be empty" };
  return bytes.length > KEY_BYTES_MAX ? tooLong("a key", KEY_BYTES_MAX) : undefined;
}

/** Of a lock or an election. */
export function queueNameFault(bytes: Pick<Uint8Array, "length">): BytesFault | undefined {
  if (bytes.length === 0) return { code: "invalid-request", message: "a name must not be empty" };
  return bytes.length > QUEUE_NAME_BYTES_MAX ? tooLong("a name", QUEUE_NAME_BYTES_MAX) : undefined;
}

/** An empty prefix means all keys. */
export function prefixFault(bytes: Pick<Uint8Array, "length">): BytesFault | undefined {
  return bytes.length > KEY_BYTES_MAX ? tooLong("a prefix", KEY_BYTES_MAX) : undefined;
}

export function valueFault(bytes: Pick<Uint8Array, "length">): BytesFault | undefined {
  return bytes.length > VALUE_BYTES_MAX ? tooLong("a value", VALUE_BYTES_MAX) : undefined;
}

function tooLong(what: string, bytesMax: number): BytesFault {
  return { code: "too-large", message: `${what} has at most ${bytesMax} bytes` };
}
