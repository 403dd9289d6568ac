import { sha256 } from "@noble/hashes/sha2.js";
import type { Result, Revision, WatchEvent } from "./command.ts";

/** One applied slot, as the digest sees it. */
export interface DigestInput {
  readonly slot: number;
  readonly entryId: string;
  readonly revision: Revision;
  readonly compact: Revision;
  readonly results: readonly Result[];
  readonly events: readonly WatchEvent[];
}

/**
 * The next link of the chain by which learners compare what they have applied (protocol, invariant 14). It covers
 * what happened to which key, not the bytes of values, so that its cost does not grow with them.
 */
export function digestNext(previous: Uint8Array, input: DigestInput): Uint8Array {
  const hash = sha256.create().update(previous);
  hash.update(text([input.slot, input.entryId, input.revision, input.compact, input.results.map(outcome)]));
  for (const { kind, kv } of input.events) {
    hash.update(text([kind, kv.key.length, kv.createRevision, kv.modRevision, kv.version, kv.lease]));
    hash.update(kv.key);
  }
  return hash.digest();
}

/** JSON of arrays of strings and safe integers has one form, and no value of it is the beginning of another. */
function text(value: readonly unknown[]): Uint8Array {
  return ENCODER.encode(JSON.stringify(value));
}

function outcome(result: Result): string {
  return result.kind === "refused" ? result.why : result.kind;
}

const ENCODER = new TextEncoder();
