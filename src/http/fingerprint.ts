import { encode } from "@msgpack/msgpack";
import { base64urlEncode } from "../api/base64.ts";

const FINGERPRINT_BYTES = 16;

/**
 * The fingerprint of a client's request, by which another request under the same Idempotency-Key is told from a retry
 * (protocol, "Exactly once"). `request` holds all that the client asked for, and nothing that was generated for it, so
 * that a retry through another Worker has the same one.
 */
export async function fingerprint(request: object): Promise<string> {
  const bytes = encode(request, { sortKeys: true, ignoreUndefined: true });
  const hash = await crypto.subtle.digest("SHA-256", bytes.slice());
  return base64urlEncode(new Uint8Array(hash, 0, FINGERPRINT_BYTES));
}
