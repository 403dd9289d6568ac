import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlDecode, base64urlEncode } from "../api/base64.ts";
import { bytesEqual, utf8Decode, utf8Encode } from "../api/bytes.ts";

/** A server that is open has no root token; what it signs says nothing that anybody could not do anyway. */
const NO_TOKEN = "open";

/** What tickets and sessions are signed with: a key that the root token gives, never the token itself. */
export function derivedKey(rootToken: string | undefined, purpose: string): Uint8Array {
  return hkdf(sha256, utf8Encode(rootToken ?? NO_TOKEN), undefined, utf8Encode(`synod ${purpose}`), 32);
}

/** A value as a text that only who has a root token can have made, for one purpose. */
export function signedText(value: unknown, rootTokens: readonly string[], purpose: string): string {
  const body = utf8Encode(JSON.stringify(value));
  return `${base64urlEncode(body)}.${base64urlEncode(sign(body, rootTokens[0], purpose))}`;
}

/** The value of such a text, by any of the root tokens; undefined for one that is not ours. */
export function signedValue(text: string, rootTokens: readonly string[], purpose: string): unknown {
  const [first = "", second = ""] = text.split(".");
  const [body, signature] = [base64urlDecode(first), base64urlDecode(second)];
  if (body === undefined || signature === undefined) return undefined;
  const keys = rootTokens.length === 0 ? [undefined] : rootTokens;
  if (!keys.some((token) => bytesEqual(sign(body, token, purpose), signature))) return undefined;
  return JSON.parse(utf8Decode(body) ?? "null") as unknown;
}

function sign(body: Uint8Array, rootToken: string | undefined, purpose: string): Uint8Array {
  return hmac(sha256, derivedKey(rootToken, purpose), body);
}
