/**
 * Bytes as text. A *byte string* has one character per byte (U+0000 to U+00FF): what a percent-decoded part of a URL
 * is before anyone knows whether it is UTF-8, so that a schema can check lengths in bytes and keys may be binary.
 */

// Few enough arguments for every engine's call stack.
const CHUNK_BYTES = 8192;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function byteString(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  }
  return text;
}

export function byteStringBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/** undefined when the bytes are not UTF-8. A byte order mark stays, or the text would not give the bytes back. */
export function utf8Decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether two are the same, in a time that tells nothing of where they differ. For secrets and what is made of them. */
export function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  let differing = left.length ^ right.length;
  for (const [at, byte] of left.entries()) differing |= byte ^ (right[at] ?? 0);
  return differing === 0;
}

/** Negative, zero or positive as `left` is before, equal to or after `right`, byte by byte. */
export function bytesCompare(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
