import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlDecode, base64urlEncode } from "../api/base64.ts";
import { bytesEqual, utf8Decode, utf8Encode } from "../api/bytes.ts";

const SECRET_BYTES = 32;
/** A server that is open has no root token: what it signs holds until it ends. Drawn when first needed, as workerd wants. */
let openSecret: string | undefined;

function secrets(rootTokens: readonly string[]): readonly [string, ...string[]] {
  const [first, ...others] = rootTokens;
  if (first !== undefined) return [first, ...others];
  openSecret ??= base64urlEncode(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
  return [openSecret];
}

/** What tickets and sessions are signed with: a key that the root token gives, never the token itself. */
function derivedKey(secret: string, purpose: string): Uint8Array {
  return hkdf(sha256, utf8Encode(secret), undefined, utf8Encode(`synod ${purpose}`), 32);
}

/** A value as a text that only who has a root token can have made, for one purpose. */
export function signedText(value: unknown, rootTokens: readonly string[], purpose: string): string {
  const body = utf8Encode(JSON.stringify(value));
  return `${base64urlEncode(body)}.${base64urlEncode(sign(body, secrets(rootTokens)[0], purpose))}`;
}

/** The value of such a text, by any of the root tokens; undefined for one that is not ours. */
export function signedValue(text: string, rootTokens: readonly string[], purpose: string): unknown {
  const [first = "", second = ""] = text.split(".");
  const [body, signature] = [base64urlDecode(first), base64urlDecode(second)];
  if (body === undefined || signature === undefined) return undefined;
  if (!secrets(rootTokens).some((secret) => bytesEqual(sign(body, secret, purpose), signature))) return undefined;
  return JSON.parse(utf8Decode(body) ?? "null") as unknown;
}

function sign(body: Uint8Array, secret: string, purpose: string): Uint8Array {
  return hmac(sha256, derivedKey(secret, purpose), body);
}
