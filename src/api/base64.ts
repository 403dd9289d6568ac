import { byteString, byteStringBytes } from "./bytes.ts";

/** What ES2026 adds to `Uint8Array`: workerd has it (2026-08), Node from 25 on. */
interface Native {
  readonly prototype: { readonly toBase64?: () => string };
  readonly fromBase64?: (text: string) => Uint8Array;
}
const { fromBase64, prototype } = Uint8Array as unknown as Native;
const { toBase64 } = prototype;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The same in any engine. */
export function base64EncodeAnywhere(bytes: Uint8Array): string {
  return btoa(byteString(bytes));
}

export const base64Encode: (bytes: Uint8Array) => string =
  toBase64 === undefined ? base64EncodeAnywhere : (bytes) => toBase64.call(bytes);

/** What `base64Decode` does with base64, the same in any engine. */
export function base64DecodeAnywhere(text: string): Uint8Array {
  return byteStringBytes(atob(text));
}

const decode: (text: string) => Uint8Array =
  fromBase64 === undefined ? base64DecodeAnywhere : (text) => fromBase64.call(Uint8Array, text);

/** undefined when it is not base64. */
export function base64Decode(text: string): Uint8Array | undefined {
  // Both ways forgive white space and missing padding; two texts for the same bytes are one too many.
  return text.length % 4 === 0 && BASE64.test(text) ? decode(text) : undefined;
}

export function base64urlEncode(bytes: Uint8Array): string {
  return base64Encode(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** undefined when it is not unpadded base64url. */
export function base64urlDecode(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  return base64Decode(text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4));
}
