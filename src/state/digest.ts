import { sha256 } from "@noble/hashes/sha2.js";
import type { Revision, WatchEvent } from "../api/key-value.ts";
import { ByteWriter } from "./byte-writer.ts";
import { QUOTAS, type Quotas, type Usage } from "./quota.ts";

/** One applied slot, as the digest sees it. */
export interface DigestInput {
  readonly slot: number;
  readonly entryId: string;
  readonly revision: Revision;
  readonly compact: Revision;
  /** The feature level after the entry. */
  readonly level: number;
  /** The policy revision after the entry; from level 1 on. */
  readonly policy: Revision;
  /** The content digest after the entry, which covers values; from level 1 on. */
  readonly content: Uint8Array;
  /** What the store holds and may hold after the entry; from level 1 on. */
  readonly held: { readonly usage: Usage; readonly quotas: Quotas | null };
  /** The entry as it stands in the log; from level 1 on. */
  readonly body?: Uint8Array | undefined;
  /** A number for each command, which says what became of it. */
  readonly outcomes: readonly number[];
  readonly events: readonly WatchEvent[];
}

const NO_BODY = new Uint8Array(0);
const DIGEST_BYTES = 32;
/** A safe integer, seven bits in each byte. */
const NUMBER_BYTES_MAX = 8;
/** Besides the id: slot, revision, compact, level, policy, three lengths, what is held, quotas. */
const ENTRY_BYTES_MAX = 3 * DIGEST_BYTES + (9 + 2 * QUOTAS.length) * NUMBER_BYTES_MAX;
/** Besides lease and key: their lengths, whether it deletes, two revisions, the version. */
const EVENT_BYTES_MAX = 6 * NUMBER_BYTES_MAX;
/** UTF-16 in sevens of bits. */
const UNIT_BYTES_MAX = 3;

/**
 * The next link of the chain by which learners compare what they have applied (protocol, invariant 14). It covers
 * what happened to which key, and from level 1 on values by the content digest and the entry's hash. Everything in it ends
 * by itself or has its length before it, so that no two inputs look the same.
 */
export function digestNext(previous: Uint8Array, input: DigestInput): Uint8Array {
  const { slot, entryId, revision, compact, level, outcomes, events } = input;
  const writer = new ByteWriter(bytesMax(input));
  writer.bytes(previous);
  writer.number(slot);
  writer.number(revision);
  // It is -1 before the first compaction.
  writer.number(compact + 1);
  // At level 0 digests are those of the code that had no levels.
  if (level > 0) {
    writer.number(level);
    writer.number(input.policy);
    writer.bytes(input.content);
    for (const name of QUOTAS) writer.number(input.held.usage[name]);
    // Absent is 0, since no quota at all is one more.
    for (const name of [...QUOTAS, "writesPerSecond"] as const) {
      writer.number((input.held.quotas?.[name] ?? -1) + 1);
    }
    writer.bytes(sha256(input.body ?? NO_BODY));
  }
  writer.text(entryId);
  writer.number(outcomes.length);
  for (const outcome of outcomes) writer.number(outcome);
  writer.number(events.length);
  for (const { kind, kv } of events) {
    writer.number(kind === "delete" ? 1 : 0);
    writer.number(kv.createRevision);
    writer.number(kv.modRevision);
    writer.number(kv.version);
    writer.text(kv.lease);
    writer.sized(kv.key);
  }
  return sha256(writer.written());
}

function bytesMax({ entryId, outcomes, events }: DigestInput): number {
  let size = ENTRY_BYTES_MAX + entryId.length * UNIT_BYTES_MAX + outcomes.length;
  for (const { kv } of events) size += EVENT_BYTES_MAX + kv.lease.length * UNIT_BYTES_MAX + kv.key.length;
  return size;
}
