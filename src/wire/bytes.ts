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
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
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

export function base64Encode(bytes: Uint8Array): string {
  return btoa(byteString(bytes));
}

/** undefined when it is not base64. */
export function base64Decode(text: string): Uint8Array | undefined {
  // `atob` forgives white space and missing padding; two texts for the same bytes are one too many.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return byteStringBytes(atob(text));
}

export function base64urlEncode(bytes: Uint8Array): string {
  return base64Encode(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** undefined when it is not unpadded base64url. */
export function base64urlDecode(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  return base64Decode(text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4));
}
