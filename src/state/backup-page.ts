import type { HistoryRow } from "./history.ts";
import { type LeaseHeld, leasesAll } from "./lease.ts";
import type { Meta } from "./meta.ts";
import { type ProposalRow, rowsFitting, type SnapshotStale } from "./snapshot.ts";
import type { Sql } from "./sql.ts";
import { type VersionId, versionFirst, versionLast } from "./version.ts";

/*
 * A backup is read as a snapshot is, in pages at one slot while later slots are applied, and becomes stale as one does;
 * but versions come in the order of revisions, and requests stay out.
 */

/** Where a backup stands, and the leases, which are taken at once. Plain data, as are the pages. */
export interface BackupHead {
  readonly meta: Meta;
  readonly leases: readonly LeaseHeld[];
}

/** What the pages of a backup are read at. */
export type BackupPlace = Pick<Meta, "applied" | "revision" | "compact">;

/** Where a page begins: after the last row before it. */
export type BackupCursor =
  | { readonly part: "proposal"; readonly after: Uint8Array | null; readonly since: number }
  | { readonly part: "history"; readonly after: VersionId };

export interface BackupPage {
  readonly kind: "page";
  readonly proposals: readonly ProposalRow[];
  readonly versions: readonly HistoryRow[];
  /** Where the next page begins; null after the last. */
  readonly next: BackupCursor | null;
}

/** `since`: versions of later revisions only; 0: all. */
export function backupFirst(since: number): BackupCursor {
  return { part: "proposal", after: null, since };
}

export function backupHead(sql: Sql, meta: Meta): BackupHead {
  return { meta, leases: leasesAll(sql) };
}

/** Rows of one part, about `bytesMax` of them at most, but at least one row where there is one. */
export function backupPage(
  sql: Sql,
  now: Meta,
  place: BackupPlace,
  at: BackupCursor,
  bytesMax: number,
): BackupPage | SnapshotStale {
  if (now.applied < place.applied || now.compactTarget > place.compact) return { kind: "stale" };
  if (at.part === "history") return historyPage(sql, place, at.after, bytesMax);
  const from = `proposal WHERE ${at.after ? "key > ?" : "? IS NULL"} AND slot <= ? ORDER BY key`;
  const size = "length(key) + length(value)";
  const proposals = rowsFitting<ProposalRow>(sql, from, [at.after, place.applied], size, bytesMax);
  const last = proposals.at(-1);
  if (last !== undefined) return { kind: "page", proposals, versions: [], next: { ...at, after: last.key } };
  return historyPage(sql, place, versionFirst(at.since + 1) - 1, bytesMax);
}

function historyPage(sql: Sql, { revision }: BackupPlace, after: VersionId, bytesMax: number): BackupPage {
  const from = "history WHERE id > ? AND id <= ? ORDER BY id";
  const bindings = [after, versionLast(revision)];
  const versions = rowsFitting<HistoryRow>(sql, from, bindings, "length(key) + length(value)", bytesMax);
  const last = versions.at(-1);
  return { kind: "page", proposals: [], versions, next: last ? { part: "history", after: last.id } : null };
}
