import { sha256 } from "@noble/hashes/sha2.js";
import type { Refusal, Result, Revision, WatchEvent } from "./command.ts";

/** One applied slot, as the digest sees it. */
export interface DigestInput {
  readonly slot: number;
  readonly entryId: string;
  readonly revision: Revision;
  readonly compact: Revision;
  readonly results: readonly Result[];
  readonly events: readonly WatchEvent[];
}

/** A number for every outcome, for ever: learners of different ages compare digests. */
const OUTCOMES: Readonly<Record<Exclude<Result["kind"], "refused"> | Refusal, number>> = {
  put: 1,
  delete: 2,
  txn: 3,
  propose: 4,
  "lease-grant": 5,
  "lease-keep-alive": 6,
  "lease-revoke": 7,
  "lease-expire": 8,
  compact: 9,
  "applied-before": 10,
  "condition-failed": 32,
  compacted: 33,
  "future-revision": 34,
  "key-not-found": 35,
  "lease-not-found": 36,
  "lease-exists": 37,
  "lease-ttl-too-large": 38,
  "duplicate-key": 39,
  "value-provided": 40,
  "lease-provided": 41,
  "too-many-changes": 42,
  "answer-too-large": 43,
  expired: 44,
};

const NUMBER_BYTES = 8;
const DIGEST_BYTES = 32;
/** Besides the id: slot, revision, compact, three lengths. */
const ENTRY_BYTES = DIGEST_BYTES + 6 * NUMBER_BYTES;
/** Besides lease and key: their lengths, whether it deletes, two revisions, the version. */
const EVENT_BYTES = 6 * NUMBER_BYTES;
const UNIT_BYTES = 2;

/**
 * The next link of the chain by which learners compare what they have applied (protocol, invariant 14). It covers
 * what happened to which key, not the bytes of values, so that its cost does not grow with them. Everything in it has
 * a fixed length or one that goes before it, so that no two inputs look the same.
 */
export function digestNext(previous: Uint8Array, input: DigestInput): Uint8Array {
  const { slot, entryId, revision, compact, results, events } = input;
  const writer = new Writer(sizeOf(input));
  writer.bytes(previous);
  for (const number of [slot, revision, compact, results.length, events.length]) writer.number(number);
  writer.text(entryId);
  for (const result of results) writer.byte(OUTCOMES[result.kind === "refused" ? result.why : result.kind]);
  for (const { kind, kv } of events) {
    writer.number(kind === "delete" ? 1 : 0);
    writer.number(kv.createRevision);
    writer.number(kv.modRevision);
    writer.number(kv.version);
    writer.text(kv.lease);
    writer.number(kv.key.length);
    writer.bytes(kv.key);
  }
  return sha256(writer.written());
}

function sizeOf({ entryId, results, events }: DigestInput): number {
  let size = ENTRY_BYTES + entryId.length * UNIT_BYTES + results.length;
  for (const { kv } of events) size += EVENT_BYTES + kv.lease.length * UNIT_BYTES + kv.key.length;
  return size;
}

class Writer {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  number(value: number): void {
    this.#view.setFloat64(this.#at, value);
    this.#at += NUMBER_BYTES;
  }

  bytes(value: Uint8Array): void {
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** UTF-16, its length first: these are so short that a call of an encoder costs more. */
  text(value: string): void {
    this.number(value.length);
    for (let i = 0; i < value.length; i++) {
      this.#view.setUint16(this.#at, value.charCodeAt(i));
      this.#at += UNIT_BYTES;
    }
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }
}
