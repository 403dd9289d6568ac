import type { HistoryRow } from "./history.ts";
import { type LeaseHeld, leasesAll, leasesExceed } from "./lease.ts";
import type { Meta } from "./meta.ts";
import { type KeptResult, requestTableAt, requestTablesHold } from "./request.ts";
import { restoringDecode } from "./restoring.ts";
import { REQUEST_TABLES } from "./schema.ts";
import type { Sql, SqlRow, SqlValue } from "./sql.ts";
import { versionLast } from "./version.ts";

/*
 * A snapshot is the state after one slot, read in pages while later slots are applied. That works because nothing is
 * changed in place but the one row of `meta` and the leases. These are taken at once, at the beginning: into the head if
 * they are few, else into a table beside the state, of which there is one. What else there is:
 * - requests seen and chosen proposals are rows that never change, and carry their slot;
 * - versions never change, and their ids order them. They are read newest first, so that physical compaction, should
 *   it go on, can't take a delete away after the versions it superseded have been read.
 *
 * Three things make a snapshot stale: compaction at a later revision, once rows are deleted for it, request tables
 * being used again, and leases being taken anew for a later snapshot. Whoever reads one then begins anew; a learner should not call `compactStep` while one is read.
 */

/** The format of the snapshots that this build writes and reads. */
export const SNAPSHOT_FORMAT = 1;

/** What a snapshot begins with. Plain data, as are the pages. */
export interface SnapshotHead {
  readonly format: number;
  readonly meta: Meta;
  readonly leases: readonly LeaseHeld[];
  /** The leases come in pages, after everything else. */
  readonly areLeasesPaged?: true;
}

/** Where a page begins: the part, and the last row before it. Opaque to whoever carries it. */
export type SnapshotCursor =
  | { readonly part: "request"; readonly table: number; readonly id: string; readonly slot: number }
  | { readonly part: "proposal"; readonly key: Uint8Array | null }
  | { readonly part: "history"; readonly below: number }
  | { readonly part: "lease"; readonly after: string };

export type LeaseRow = { lease: string; ttl: number; renewals: number };
export type RequestRow = { id: string; slot: number; result: KeptResult; print: string | null };
export type ProposalRow = { key: Uint8Array; slot: number; request: string; type: string | null; value: Uint8Array };

export type SnapshotRows =
  | { readonly part: "request"; readonly rows: readonly RequestRow[] }
  | { readonly part: "proposal"; readonly rows: readonly ProposalRow[] }
  | { readonly part: "history"; readonly rows: readonly HistoryRow[] }
  | { readonly part: "lease"; readonly rows: readonly LeaseRow[] };

export interface SnapshotPage {
  readonly kind: "page";
  /** The slot of the snapshot. */
  readonly slot: number;
  readonly at: SnapshotCursor;
  readonly content: SnapshotRows;
  /** Where the next page begins; null after the last. */
  readonly next: SnapshotCursor | null;
}

/** The snapshot can't be read to its end any more. */
export interface SnapshotStale {
  readonly kind: "stale";
}

export const SNAPSHOT_FIRST: SnapshotCursor = { part: "request", table: 0, id: "", slot: 0 };

/** Rows whose sizes are looked at for one page. */
const ROWS_PER_PAGE_MAX = 2_000;

export function snapshotHead(sql: Sql, meta: Meta, leasesMax: number): SnapshotHead {
  if (!leasesExceed(sql, leasesMax)) return { format: SNAPSHOT_FORMAT, meta, leases: leasesAll(sql) };
  sql.transaction(() => leasesCopy(sql, meta.applied));
  return { format: SNAPSHOT_FORMAT, meta, leases: [], areLeasesPaged: true };
}

/** The leases as they were after one slot. The learner's own, and part of no snapshot. */
const COPY = "snapshot_lease";

function leasesCopy(sql: Sql, slot: number): void {
  if (copySlot(sql) === slot) return;
  sql.exec(`DROP TABLE IF EXISTS ${COPY}`);
  sql.exec(
    `CREATE TABLE ${COPY} (lease TEXT PRIMARY KEY, ttl INTEGER NOT NULL, renewals INTEGER NOT NULL, slot INTEGER NOT NULL)
      WITHOUT ROWID`,
  );
  sql.exec(`INSERT INTO ${COPY} SELECT lease, ttl, renewals, ? FROM lease`, slot);
}

/** Of which slot there is a copy; undefined when there is none. */
function copySlot(sql: Sql): number | undefined {
  const isThere = sql.exec("SELECT 1 FROM sqlite_master WHERE name = ?", COPY).length > 0;
  return isThere ? sql.exec<{ slot: number }>(`SELECT slot FROM ${COPY} LIMIT 1`)[0]?.slot : undefined;
}

/** The page that begins at a cursor: rows of one part, about `bytesMax` of them at most, but at least one row. */
export function snapshotPage(
  sql: Sql,
  now: Meta,
  bound: number,
  head: ReadHead,
  at: SnapshotCursor,
  bytesMax: number,
): SnapshotPage | SnapshotStale {
  if (stale(now, bound, head.meta, at)) return { kind: "stale" };
  const slot = head.meta.applied;
  if (head.areLeasesPaged === true && copySlot(sql) !== slot) return { kind: "stale" };
  for (let cursor: SnapshotCursor | null = at; cursor !== null; ) {
    const { content, next } = read(sql, bound, head, cursor, bytesMax);
    // Parts that are empty are passed over, but the last page comes even if it is.
    if (content.rows.length > 0 || next === null) return { kind: "page", slot, at, content, next };
    cursor = next;
  }
  return { kind: "stale" };
}

function stale(now: Meta, bound: number, head: Meta, at: SnapshotCursor): boolean {
  if (now.applied < head.applied || now.compactTarget > head.compact) return true;
  return at.part === "request" && !requestTablesHold(head.applied - 2 * bound, now.applied, bound);
}

type Read = { readonly content: SnapshotRows; readonly next: SnapshotCursor | null };
type ReadHead = Pick<SnapshotHead, "meta" | "areLeasesPaged">;

function read(sql: Sql, bound: number, whole: ReadHead, cursor: SnapshotCursor, bytesMax: number): Read {
  const { meta: head, areLeasesPaged = false } = whole;
  switch (cursor.part) {
    case "request": {
      const { table, id, slot } = cursor;
      const from = `${requestTableAt(table)} WHERE (id, slot) > (?, ?) AND slot BETWEEN ? AND ? ORDER BY id, slot`;
      const bindings = [id, slot, head.applied - 2 * bound, head.applied];
      const rows = rowsFitting<RequestRow>(sql, from, bindings, "length(id) + length(result)", bytesMax);
      const last = rows.at(-1);
      const next: SnapshotCursor = last
        ? { part: "request", table, id: last.id, slot: last.slot }
        : table + 1 < REQUEST_TABLES
          ? { part: "request", table: table + 1, id: "", slot: 0 }
          : { part: "proposal", key: null };
      return { content: { part: "request", rows }, next };
    }
    case "proposal": {
      const from = `proposal WHERE ${cursor.key ? "key > ?" : "? IS NULL"} AND slot <= ? ORDER BY key`;
      const size = "length(key) + length(value)";
      const rows = rowsFitting<ProposalRow>(sql, from, [cursor.key, head.applied], size, bytesMax);
      const last = rows.at(-1);
      const next: SnapshotCursor = last
        ? { part: "proposal", key: last.key }
        : { part: "history", below: versionsEnd(head) };
      return { content: { part: "proposal", rows }, next };
    }
    case "history": {
      const from = "history WHERE id < ? ORDER BY id DESC";
      const rows = rowsFitting<HistoryRow>(sql, from, [cursor.below], "length(key) + length(value)", bytesMax);
      const last = rows.at(-1);
      const end: SnapshotCursor | null = areLeasesPaged ? { part: "lease", after: "" } : null;
      return { content: { part: "history", rows }, next: last ? { part: "history", below: last.id } : end };
    }
    case "lease": {
      const from = `${COPY} WHERE lease > ? ORDER BY lease`;
      const rows = rowsFitting<LeaseRow>(sql, from, [cursor.after], "length(lease) + 16", bytesMax);
      const last = rows.at(-1);
      return { content: { part: "lease", rows }, next: last ? { part: "lease", after: last.lease } : null };
    }
  }
}

/** Versions from this id on came after the snapshot's slot. A restore writes below the revision that it goes on from. */
function versionsEnd({ revision, restore }: Meta): number {
  return (restore === null ? versionLast(revision) : restoringDecode(restore).last) + 1;
}

/** As many rows as fit, in order. Sizes come first, so that no more than a page of values is ever in memory. */
export function rowsFitting<Row extends SqlRow>(
  sql: Sql,
  from: string,
  bindings: readonly SqlValue[],
  size: string,
  bytesMax: number,
): readonly Row[] {
  const sizes = sql.exec<{ bytes: number }>(
    `SELECT ${size} AS bytes FROM ${from} LIMIT ${ROWS_PER_PAGE_MAX}`,
    ...bindings,
  );
  let bytes = 0;
  const over = sizes.findIndex((row, index) => {
    bytes += row.bytes;
    return index > 0 && bytes > bytesMax;
  });
  const count = over < 0 ? sizes.length : over;
  return count === 0 ? [] : sql.exec<Row>(`SELECT * FROM ${from} LIMIT ?`, ...bindings, count);
}
