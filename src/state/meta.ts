import type { Revision } from "../api/key-value.ts";
import type { Sql } from "./sql.ts";
import { type VersionId, versionFirst } from "./version.ts";

/** The one row that says where the state machine stands. */
export interface Meta {
  readonly applied: number;
  readonly revision: Revision;
  readonly digest: Uint8Array;
  /** What was last compacted; -1 before the first compaction, as in etcd, which lets 0 be compacted once. */
  readonly compact: Revision;
  /** Physical compaction, which is each learner's own business: everything below this id has been looked at, … */
  readonly compactCursor: VersionId;
  /** … for compaction at this revision … */
  readonly compactTarget: Revision;
  /** … and for this one it is finished. */
  readonly compactDone: Revision;
}

/** An empty store is at revision 1, as etcd's is. */
const META_EMPTY: Meta = {
  applied: 0,
  revision: 1,
  digest: new Uint8Array(32),
  compact: -1,
  compactCursor: versionFirst(0),
  compactTarget: -1,
  compactDone: -1,
};

type MetaRow = {
  applied: number;
  revision: number;
  digest: Uint8Array;
  compact: number;
  compact_cursor: number;
  compact_target: number;
  compact_done: number;
};

export function metaLoad(sql: Sql, prefix = ""): Meta {
  const row = sql.exec<MetaRow>(`SELECT * FROM ${prefix}meta`)[0];
  if (!row) return META_EMPTY;
  return {
    applied: row.applied,
    revision: row.revision,
    digest: row.digest,
    compact: row.compact,
    compactCursor: row.compact_cursor,
    compactTarget: row.compact_target,
    compactDone: row.compact_done,
  };
}

export function metaSave(sql: Sql, meta: Meta, prefix = ""): void {
  sql.exec(
    `INSERT INTO ${prefix}meta VALUES (1, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET applied = excluded.applied, revision = excluded.revision,
      digest = excluded.digest, compact = excluded.compact, compact_cursor = excluded.compact_cursor,
      compact_target = excluded.compact_target, compact_done = excluded.compact_done`,
    meta.applied,
    meta.revision,
    meta.digest,
    meta.compact,
    meta.compactCursor,
    meta.compactTarget,
    meta.compactDone,
  );
}
