import type { KeyRange } from "../api/key-range.ts";
import type { Revision } from "../api/key-value.ts";
import { PAGE_BYTES_MAX } from "../api/limits.ts";
import { eventOf, type HistoryRow } from "./history.ts";
import { KEY_OVERHEAD_BYTES } from "./limits.ts";
import type { AuditQuery, QueryResult } from "./queries.ts";
import { refusedCompacted } from "./refuse.ts";
import type { Sql, SqlValue } from "./sql.ts";
import { type VersionId, versionFirst } from "./version.ts";

/** Versions that one page looks at, whatever the filter leaves of them. */
export const AUDIT_SCAN_MAX = 10_000;

type Found = HistoryRow & { bytes: number };

const COLUMNS = "id, key, created, version, lease, type, actor, time";
const SCANNED = `history WHERE id >= ? ORDER BY id LIMIT ${AUDIT_SCAN_MAX}`;

/**
 * Who changed what, the oldest change first: the versions of all keys and documents that are kept, with the labels that
 * each carries, so that no write costs a row more for it. What was compacted is gone: the first change that can be told is
 * one of the compacted revision. Values are left out but for those of `withValues`. A page ends at `limit` changes, at
 * `PAGE_BYTES_MAX`, or after `AUDIT_SCAN_MAX` versions; it may be empty then, and `next` says where to go on.
 */
export function auditOf(
  sql: Sql,
  { revision, compact }: { readonly revision: Revision; readonly compact: Revision },
  query: AuditQuery,
): QueryResult {
  const oldest = versionFirst(Math.max(0, compact));
  const { from = oldest } = query;
  if (from < oldest) return refusedCompacted(revision, compact);
  const { rows, next = scannedNext(sql, from) } = pageOf(foundFrom(sql, from, query), query.limit);
  const changes = rows.map((row) => eventOf(row.bytes > 0 ? { ...row, value: valueOf(sql, row.id) } : row));
  return { kind: "audit", revision, changes, ...(next === undefined ? {} : { next }) };
}

/** Where to go on when no more were looked at; undefined when there are no more. */
function scannedNext(sql: Sql, from: VersionId): VersionId | undefined {
  const [row] = sql.exec<{ rows: number; last: number | null }>(
    `SELECT count(*) AS rows, max(id) AS last FROM (SELECT id FROM ${SCANNED})`,
    from,
  );
  const { rows = 0, last = null } = row ?? {};
  return last !== null && rows === AUDIT_SCAN_MAX ? last + 1 : undefined;
}

/** The versions of a page and one more, without values; `bytes`: those of a value that is wanted. */
function foundFrom(sql: Sql, from: VersionId, { actor, range, limit, withValues }: AuditQuery): readonly Found[] {
  const wanted = within(withValues, "0");
  const asked = within(range, "1");
  return sql.exec<Found>(
    `SELECT ${COLUMNS}, x'' AS value,
        CASE WHEN ${wanted.where} THEN (SELECT length(value) FROM history WHERE id = s.id) ELSE 0 END AS bytes
      FROM (SELECT ${COLUMNS} FROM ${SCANNED}) AS s
      WHERE ${asked.where} AND (? IS NULL OR actor = ?) ORDER BY id LIMIT ?`,
    ...wanted.bindings,
    from,
    ...asked.bindings,
    actor ?? null,
    actor ?? null,
    limit + 1,
  );
}

function within(range: KeyRange | undefined, otherwise: string) {
  if (range === undefined) return { where: otherwise, bindings: [] as SqlValue[] };
  return { where: "key >= ? AND key < ?", bindings: [range.key, range.end] as SqlValue[] };
}

function valueOf(sql: Sql, id: VersionId): Uint8Array {
  const [row] = sql.exec<{ value: Uint8Array }>("SELECT value FROM history WHERE id = ?", id);
  return row?.value ?? new Uint8Array(0);
}

function pageOf(rows: readonly Found[], limit: number): { readonly rows: readonly Found[]; readonly next?: VersionId } {
  let bytes = 0;
  const over = rows.findIndex((row, index) => {
    bytes += row.key.length + row.bytes + KEY_OVERHEAD_BYTES;
    return index >= limit || (index > 0 && bytes > PAGE_BYTES_MAX);
  });
  const next = rows[over]?.id;
  return next === undefined ? { rows } : { rows: rows.slice(0, over), next };
}
