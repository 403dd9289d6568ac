import type { KeyValue } from "../api/key-value.ts";
import { CONTENT_EMPTY, type ContentRecord, ContentSum, keyRecord, leaseRecord } from "./content.ts";
import type { Heads } from "./heads.ts";
import { leasesAll } from "./lease.ts";
import type { Sql } from "./sql.ts";
import type { VersionId } from "./version.ts";

/** The content digest while entries are applied: every change takes the record before it away and adds its own. */
export class ContentChange {
  readonly sum: ContentSum;
  /** Versions below it were written before there was a content digest, and are not in it. */
  readonly from: VersionId;
  readonly #heads: Heads;

  constructor(digest: Uint8Array, from: VersionId, heads: Heads) {
    this.sum = new ContentSum(digest);
    this.from = from;
    this.#heads = heads;
  }

  /** To be called before the heads know of the change. @returns the record of what is put. */
  key(kv: KeyValue, deletes: boolean): ContentRecord | undefined {
    const before = this.#heads.recordOf(kv.key, this.from);
    if (before) this.sum.subtract(before);
    if (deletes) return undefined;
    const record = keyRecord(kv);
    this.sum.add(record);
    return record;
  }
}

/**
 * The content digest at the end of the entry that brings the level which has it: the leases that are held, of which it
 * is not known later when they were granted. Keys and proposals count from their next version on.
 */
export function contentBegin(sql: Sql): Uint8Array {
  const sum = new ContentSum(CONTENT_EMPTY);
  for (const { lease, ttl } of leasesAll(sql)) sum.add(leaseRecord(lease, ttl));
  return sum.digest;
}
