import { base64Encode } from "../api/base64.ts";
import { utf8Encode } from "../api/bytes.ts";
import { percentEncode } from "../api/percent.ts";
import { SynodError } from "./error.ts";

/** A key: text, or bytes where it is none. */
export type Key = string | Uint8Array;

/** Which keys: one, those that begin with a prefix, or the half-open interval [from, to). */
export type Selector = { readonly key: Key } | { readonly prefix: Key } | { readonly from: Key; readonly to: Key };

export function keyBytes(key: Key): Uint8Array {
  return typeof key === "string" ? utf8Encode(key) : key;
}

/** A key as the rest of a URL's path, slashes encoded. */
export function keyPath(key: Key): string {
  const path = percentEncode(keyBytes(key));
  if (path === "") throw new SynodError("invalid-request", "a key must not be empty");
  if (path === "." || path === "..") {
    throw new SynodError("invalid-request", `the key ${path} cannot be named in a URL; use a transaction`);
  }
  return path;
}

/** A key as JSON bodies carry it. */
export function keyFields(key: Key): { readonly key: string; readonly key_encoding?: "base64" } {
  return typeof key === "string" ? { key } : { key: base64Encode(key), key_encoding: "base64" };
}

/** A selector as JSON bodies carry it. */
export function rangeFields(selector: Selector) {
  if ("key" in selector) return keyFields(selector.key);
  if ("prefix" in selector) {
    const { key: prefix, ...encoding } = keyFields(selector.prefix);
    return { prefix, ...encoding };
  }
  const { from, to } = selector;
  if (typeof from === "string" && typeof to === "string") return { key: from, end: to };
  const [key, end] = [from, to].map((one) => base64Encode(keyBytes(one)));
  return { key, end, key_encoding: "base64" as const };
}
