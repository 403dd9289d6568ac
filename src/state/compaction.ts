import { type Meta, metaSave } from "./meta.ts";
import type { Sql } from "./sql.ts";
import { type VersionId, versionDeletes, versionFirst, versionLast } from "./version.ts";

/**
 * The physical half: looks at up to `rowsMax` versions and deletes what they superseded. Every version of the
 * revisions from the last compaction to this one is looked at once; so the work is in proportion to what changed
 * since, not to what is stored.
 *
 * Kept of the revisions below the compacted one: each key's newest version, unless it is a delete. Everything of the
 * compacted revision itself stays until the next time, so that its events can be watched in full.
 */
export function compactSome(sql: Sql, before: Meta, rowsMax: number): Step {
  const step = stepFrom(sql, retarget(before), rowsMax);
  metaSave(sql, step.meta);
  return step;
}

interface Step {
  readonly meta: Meta;
  readonly more: boolean;
}

function stepFrom(sql: Sql, meta: Meta, rowsMax: number): Step {
  if (meta.compactDone === meta.compact) return { meta, more: false };
  const rows = sql.exec<{ id: number; key: Uint8Array }>(
    "SELECT id, key FROM history WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?",
    meta.compactCursor,
    versionLast(meta.compact),
    rowsMax,
  );
  const kept = versionFirst(meta.compact);
  for (const { id, key } of rows) dropSuperseded(sql, key, id, kept);

  const last = rows.at(-1);
  if (!last || rows.length < rowsMax) {
    return { meta: { ...meta, compactCursor: kept, compactDone: meta.compact }, more: false };
  }
  return { meta: { ...meta, compactCursor: last.id + 1 }, more: true };
}

/** A new target: what the last one spared, the versions of its own revision, is looked at again. */
function retarget(meta: Meta): Meta {
  if (meta.compactTarget === meta.compact) return meta;
  const cursor = Math.min(meta.compactCursor, versionFirst(Math.max(0, meta.compactTarget)));
  return { ...meta, compactTarget: meta.compact, compactCursor: cursor };
}

/** Deletes what the version `id` of `key` superseded, and itself if it is a delete, where that is below `kept`. */
function dropSuperseded(sql: Sql, key: Uint8Array, id: VersionId, kept: VersionId): void {
  const below = versionDeletes(id) && id < kept ? id + 1 : Math.min(id, kept);
  const doomed = sql.exec<{ id: number }>("SELECT id FROM version WHERE key = ? AND id < ?", key, below);
  for (const { id: old } of doomed) sql.exec("DELETE FROM history WHERE id = ?", old);
  if (doomed.length > 0) sql.exec("DELETE FROM version WHERE key = ? AND id < ?", key, below);
}
