import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlEncode } from "../api/base64.ts";
import { utf8Encode } from "../api/bytes.ts";
import type { KeyValue } from "../api/key-value.ts";

/** Of a hash that nobody attacks: 96 bits. */
const TAG_BYTES = 12;

/**
 * A weak tag of a page: the same as long as the same keys are there at the same revisions, though `revision` in the
 * body goes on with every write elsewhere.
 */
export function listEtag(kvs: readonly KeyValue[], rest: readonly (Uint8Array | boolean)[]): string {
  const hash = sha256.create();
  for (const { key, modRevision } of kvs) hash.update(utf8Encode(`${key.length} ${modRevision} `)).update(key);
  for (const part of rest) {
    hash.update(typeof part === "boolean" ? Uint8Array.of(part ? 1 : 0) : utf8Encode(`${part.length} `));
    if (typeof part !== "boolean") hash.update(part);
  }
  return `W/"${base64urlEncode(hash.digest().slice(0, TAG_BYTES))}"`;
}
