import type { KeyValue, LeaseId, Revision, WatchEvent } from "../api/key-value.ts";
import type { ContentRecord } from "./content.ts";
import type { Sql } from "./sql.ts";
import { type VersionId, versionDeletes, versionRevision } from "./version.ts";

export const NO_LEASE: LeaseId = "0";
const NO_BYTES = new Uint8Array(0);

/** A row of `history`. */
export type HistoryRow = {
  id: number;
  key: Uint8Array;
  created: number;
  version: number;
  lease: string | null;
  type: string | null;
  value: Uint8Array;
  /** From `LEVEL_DOCUMENTS` on. */
  actor?: string | null;
  time?: number | null;
};

/** What a write needs to know of the key's newest version; the value, which may be large, stays where it is. */
export interface Head {
  readonly id: VersionId;
  readonly created: Revision;
  readonly version: number;
  readonly lease: string | null;
  /** Bytes of the key and its value. */
  readonly size: number;
  /** Its part of the content digest, where that is in memory. */
  readonly record?: ContentRecord;
}

export function keyValueOf(row: HistoryRow): KeyValue {
  return {
    key: row.key,
    value: row.value,
    ...(row.type === null ? {} : { contentType: row.type }),
    createRevision: row.created,
    modRevision: versionRevision(row.id),
    version: row.version,
    lease: row.lease ?? NO_LEASE,
    ...(typeof row.actor === "string" ? { actor: row.actor } : {}),
    ...(typeof row.time === "number" ? { time: row.time } : {}),
  };
}

export function eventOf(row: HistoryRow): WatchEvent {
  return { kind: versionDeletes(row.id) ? "delete" : "put", kv: keyValueOf(row) };
}

/** The key as it was with everything up to the version id `at` applied, if it existed. */
export function keyAt(sql: Sql, key: Uint8Array, at: VersionId = Number.MAX_SAFE_INTEGER): KeyValue | undefined {
  const row = sql.exec<HistoryRow>(
    "SELECT * FROM history WHERE id = (SELECT max(id) FROM version WHERE key = ? AND id <= ?) AND id % 2 = 0",
    key,
    at,
  )[0];
  return row && keyValueOf(row);
}

/** What an event carries of a key that is deleted at `revision`. */
export function tombstone(key: Uint8Array, revision: Revision): KeyValue {
  return { key, value: NO_BYTES, createRevision: 0, modRevision: revision, version: 0, lease: NO_LEASE };
}
