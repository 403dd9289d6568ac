import { sha256 } from "@noble/hashes/sha2.js";
import type { KeyValue, LeaseId } from "../api/key-value.ts";
import { ByteWriter } from "./byte-writer.ts";

/*
 * The content digest says whether two learners hold the same: the sum, modulo 2^256, of the SHA-256 of every key that
 * lives, every lease and every chosen proposal. A sum knows no order, so that a change adds and takes away its own
 * records and nothing else, and neither slots nor entries nor the way the state came about are in it.
 */

/** The feature level from which on there is a content digest. */
export const LEVEL_CONTENT = 1;

const RECORD_BYTES = 32;
const WORD_BYTES = 4;
const WORDS = RECORD_BYTES / WORD_BYTES;
const WORD = 2 ** 32;

/** Tags, and numbers of up to eight bytes each, besides texts and bytes. */
const HEAD_BYTES = 64;
const UNIT_BYTES_MAX = 3;

const KEY = 1;
const LEASE = 2;
const PROPOSAL = 3;

/** The SHA-256 of one thing that the state holds. */
export type ContentRecord = Uint8Array;

export const CONTENT_EMPTY: Uint8Array = new Uint8Array(RECORD_BYTES);

export function keyRecord(kv: KeyValue): ContentRecord {
  const { key, value, createRevision, modRevision, version, lease, contentType, actor, time } = kv;
  const writer = writerFor(key, lease + (actor ?? "") + (time ?? ""), contentType);
  writer.number(KEY);
  writer.number(createRevision);
  writer.number(modRevision);
  writer.number(version);
  writer.text(lease);
  writer.optional(contentType);
  writer.optional(actor);
  writer.optional(time === undefined ? undefined : String(time));
  writer.sized(key);
  return sha256.create().update(writer.written()).update(value).digest();
}

/** Without its renewals, which are slots. */
export function leaseRecord(lease: LeaseId, ttl: number): ContentRecord {
  const writer = writerFor(CONTENT_EMPTY, lease, undefined);
  writer.number(LEASE);
  writer.text(lease);
  writer.number(ttl);
  return sha256(writer.written());
}

/** Without the slot and the request that it was chosen in. */
export function proposalRecord(key: Uint8Array, value: Uint8Array, contentType: string | undefined): ContentRecord {
  const writer = writerFor(key, "", contentType);
  writer.number(PROPOSAL);
  writer.optional(contentType);
  writer.sized(key);
  return sha256.create().update(writer.written()).update(value).digest();
}

function writerFor(key: Uint8Array, text: string, more = ""): ByteWriter {
  return new ByteWriter(HEAD_BYTES + key.length + (text.length + more.length) * UNIT_BYTES_MAX);
}

/** A content digest that changes. */
export class ContentSum {
  readonly #words: Uint32Array;

  constructor(digest: Uint8Array) {
    const view = new DataView(digest.buffer, digest.byteOffset, RECORD_BYTES);
    this.#words = Uint32Array.from({ length: WORDS }, (_, index) => view.getUint32(index * WORD_BYTES, true));
  }

  add(record: ContentRecord): void {
    this.#sum(record, 1);
  }

  subtract(record: ContentRecord): void {
    this.#sum(record, -1);
  }

  get digest(): Uint8Array {
    const digest = new Uint8Array(RECORD_BYTES);
    const view = new DataView(digest.buffer);
    for (const [index, word] of this.#words.entries()) view.setUint32(index * WORD_BYTES, word, true);
    return digest;
  }

  #sum(record: ContentRecord, sign: 1 | -1): void {
    const view = new DataView(record.buffer, record.byteOffset, RECORD_BYTES);
    let carry = 0;
    for (let index = 0; index < WORDS; index++) {
      const sum = (this.#words[index] ?? 0) + sign * view.getUint32(index * WORD_BYTES, true) + carry;
      this.#words[index] = sum;
      carry = Math.floor(sum / WORD);
    }
  }
}
