import { base64urlDecode, base64urlEncode } from "../../../api/base64.ts";
import { bytesEqual, utf8Encode } from "../../../api/bytes.ts";
import type { UserJson } from "../../../policy/documents.ts";

/** Passwords: a slow hash, made and compared where the request came in. The log and the learners see nothing else. */

type Password = NonNullable<UserJson["password"]>;

/** The most that workerd allows (1.20260815), for every hash. */
const ITERATIONS = 100_000;
const SALT_BYTES = 16;
const KEY_BITS = 512;
const LOGIN_BYTES = 16;

export async function passwordHash(password: string): Promise<Password> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const key = await derive(password, { hash: "SHA-512", iterations: ITERATIONS, salt });
  return { hash: "SHA-512", iterations: ITERATIONS, salt: base64urlEncode(salt), key: base64urlEncode(key) };
}

/** Without anything to compare with, the same work for nothing: how long it takes tells nobody who exists. */
export async function passwordMatches(password: string, stored: Password | undefined): Promise<boolean> {
  const { hash, iterations, salt: text, key = "" } = stored ?? { ...NONE, key: undefined };
  const salt = base64urlDecode(text) ?? new Uint8Array(SALT_BYTES);
  const given = await derive(password, { hash, iterations, salt });
  return bytesEqual(given, base64urlDecode(key) ?? new Uint8Array(0)) && stored !== undefined;
}

/** What nobody can guess, and says that a user signed in before or after. */
export function loginFresh(): string {
  return base64urlEncode(crypto.getRandomValues(new Uint8Array(LOGIN_BYTES)));
}

const NONE = { hash: "SHA-512", iterations: ITERATIONS, salt: base64urlEncode(new Uint8Array(SALT_BYTES)) } as const;

async function derive(
  password: string,
  { hash, iterations, salt }: { readonly hash: "SHA-512"; readonly iterations: number; readonly salt: Uint8Array },
): Promise<Uint8Array> {
  const secret = await crypto.subtle.importKey("raw", utf8Encode(password).slice(), "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash, iterations, salt: salt.slice() };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, secret, KEY_BITS));
}
