import type { HistoryRow } from "./history.ts";
import type { LeaseHeld } from "./lease.ts";
import { leasesAll } from "./lease.ts";
import type { Meta } from "./meta.ts";
import { type KeptResult, requestTableAt, requestTablesHold } from "./request.ts";
import { restoringDecode } from "./restoring.ts";
import { REQUEST_TABLES } from "./schema.ts";
import type { Sql, SqlRow, SqlValue } from "./sql.ts";
import { versionLast } from "./version.ts";

/*
 * A snapshot is the state after one slot, read in pages while later slots are applied. That works because nothing is
 * changed in place but the one row of `meta` and the leases, which are taken at once, at the beginning:
 * - requests seen and chosen proposals are rows that never change, and carry their slot;
 * - versions never change, and their ids order them. They are read newest first, so that physical compaction, should
 *   it go on, can't take a delete away after the versions it superseded have been read.
 *
 * Two things make a snapshot stale: compaction at a later revision, once rows are deleted for it, and request tables
 * being used again. Whoever reads one then begins anew; a learner should not call `compactStep` while one is read.
 */

/** The format of the snapshots that this build writes and reads. */
export const SNAPSHOT_FORMAT = 1;

/** What a snapshot begins with. Plain data, as are the pages. */
export interface SnapshotHead {
  readonly format: number;
  readonly meta: Meta;
  readonly leases: readonly LeaseHeld[];
}

/** Where a page begins: the part, and the last row before it. Opaque to whoever carries it. */
export type SnapshotCursor =
  | { readonly part: "request"; readonly table: number; readonly id: string; readonly slot: number }
  | { readonly part: "proposal"; readonly key: Uint8Array | null }
  | { readonly part: "history"; readonly below: number };

export type RequestRow = { id: string; slot: number; result: KeptResult; print: string | null };
export type ProposalRow = { key: Uint8Array; slot: number; request: string; type: string | null; value: Uint8Array };

export type SnapshotRows =
  | { readonly part: "request"; readonly rows: readonly RequestRow[] }
  | { readonly part: "proposal"; readonly rows: readonly ProposalRow[] }
  | { readonly part: "history"; readonly rows: readonly HistoryRow[] };

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

export function snapshotHead(sql: Sql, meta: Meta): SnapshotHead {
  return { format: SNAPSHOT_FORMAT, meta, leases: leasesAll(sql) };
}

/** The page that begins at a cursor: rows of one part, about `bytesMax` of them at most, but at least one row. */
export function snapshotPage(
  sql: Sql,
  now: Meta,
  bound: number,
  head: Meta,
  at: SnapshotCursor,
  bytesMax: number,
): SnapshotPage | SnapshotStale {
  if (stale(now, bound, head, at)) return { kind: "stale" };
  const slot = head.applied;
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

function read(sql: Sql, bound: number, head: Meta, cursor: SnapshotCursor, bytesMax: number): Read {
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
      return { content: { part: "history", rows }, next: last ? { part: "history", below: last.id } : null };
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
