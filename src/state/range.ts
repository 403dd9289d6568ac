import type { Revision } from "../api/key-value.ts";
import { type HistoryRow, keyValueOf } from "./history.ts";
import { type Interval, intervalOf } from "./interval.ts";
import { ANSWER_BYTES_MAX, KEY_OVERHEAD_BYTES } from "./limits.ts";
import type { RangeOp, RangeResult } from "./range-op.ts";
import { type Refused, refused, refusedCompacted } from "./refuse.ts";
import { type Scan, scanOf } from "./scan.ts";
import type { Sql, SqlValue } from "./sql.ts";
import { IDS_PER_REVISION, type VersionId, versionFirst, versionLast } from "./version.ts";

/** So few keys, however large, are no burden to hold, and need not be measured first. */
const UNMEASURED_KEYS_MAX = 8;

/** The state that a range reads: the newest revision it may see, and what is compacted. */
export interface View {
  readonly revision: Revision;
  readonly compact: Revision;
  /** Null unless a restore goes on: then nothing can be read yet. */
  readonly restore: string | null;
}

/**
 * A range read with etcd's rules: `count` knows no limit and no filter; any sort order reads the whole interval
 * before the limit applies, but a sort target without an order sorts only what the limit let through; `none` with
 * target `key` is ascending.
 */
export function rangeRead(
  sql: Sql,
  view: View,
  op: RangeOp,
  bytesMax: number = ANSWER_BYTES_MAX,
): RangeResult | Refused {
  const asked = op.revision ?? 0;
  if (asked > view.revision) return refused("future-revision", view.revision);
  if (asked > 0 && asked < view.compact) return refusedCompacted(view.revision, view.compact);
  const at = versionLast(asked > 0 ? asked : view.revision);
  const interval = intervalOf(op.key, op.end);

  if (op.countOnly) {
    return { kind: "range", revision: view.revision, kvs: [], more: false, count: countKeys(sql, interval, at) };
  }
  const limit = op.pageBytes === undefined ? Math.max(0, op.limit ?? 0) : fitting(sql, op, interval, at);
  const select = selection(op, interval, at, limit);
  if (
    interval.kind !== "point" &&
    (limit === 0 || limit > UNMEASURED_KEYS_MAX) &&
    measure(sql, select, op) > bytesMax
  ) {
    return refused("answer-too-large", view.revision);
  }
  const found = sql.exec<HistoryRow>(select.query(columns(op)), ...select.bindings).map(keyValueOf);
  const more = limit > 0 && found.length > limit;
  const kvs = more ? found.slice(0, limit) : found;
  const all = limit === 0 && !filtered(op);
  const count = all || op.uncounted ? kvs.length : countKeys(sql, interval, at);
  return { kind: "range", revision: view.revision, kvs, more, count };
}

/** How many of the first `limit` keys go into a page: as many as fit, and one at least. */
function fitting(sql: Sql, op: RangeOp, interval: Interval, at: VersionId): number {
  const { limit = 0, pageBytes = 0 } = op;
  const select = selection(op, interval, at, limit);
  let bytes = 0;
  const sizes = sql.exec<{ bytes: number }>(select.query(`${sizeOf(op)} AS bytes`), ...select.bindings);
  const over = sizes.findIndex((size, index) => {
    bytes += size.bytes;
    return index > 0 && bytes > pageBytes;
  });
  return over < 0 ? limit : over;
}

/** How many keys the interval has at a version id; reads the index only, but all of the interval. */
function countKeys(sql: Sql, interval: Interval, at: VersionId): number {
  const scan = scanOf(interval, at);
  const counted = sql.exec<{ n: number }>(
    `${scan.with} SELECT count(*) AS n FROM live WHERE live.id % 2 = 0`,
    ...scan.bindings,
  );
  return counted[0]?.n ?? 0;
}

interface Selection {
  readonly query: (columns: string) => string;
  readonly bindings: readonly SqlValue[];
}

function selection(op: RangeOp, interval: Interval, at: VersionId, limit: number): Selection {
  const sortBy = op.sortBy ?? "key";
  const order = op.sortOrder ?? "none";
  const byKey = sortBy === "key";
  const scan: Scan = scanOf(interval, at, byKey && order === "descend");
  const bindings = [...scan.bindings];
  const bind = (value: SqlValue): string => `?${bindings.push(value)}`;

  const where = conditions(op, bind);
  // Filters and any order look at the whole interval before the limit, in etcd and so here; a limit that comes
  // before the sort is for the one case left.
  const early = !byKey && order === "none" && !filtered(op);
  const target = sortTarget(sortBy);
  const sorted = byKey ? "" : ` ORDER BY ${target}${order === "descend" ? " DESC" : ""}, found.key`;
  const limited = limit > 0 ? ` LIMIT ${bind(limit + 1)}` : "";
  const inner = `SELECT h.* FROM live CROSS JOIN history h ON h.id = live.id WHERE ${where}`;
  // Without an order of its own, SQLite would flatten the inner query and limit after the sort all the same.
  const body = early ? `${inner} ORDER BY h.key${limited}` : inner;
  const tail = early ? sorted : `${sorted}${limited}`;
  return { query: (chosen) => `${scan.with} SELECT ${chosen} FROM (${body}) AS found${tail}`, bindings };
}

function conditions(op: RangeOp, bind: (value: SqlValue) => string): string {
  const where = ["live.id % 2 = 0"];
  if (op.maxModRevision) where.push(`h.id <= ${bind(versionLast(op.maxModRevision))}`);
  if (op.minModRevision) where.push(`h.id >= ${bind(versionFirst(op.minModRevision))}`);
  if (op.maxCreateRevision) where.push(`h.created <= ${bind(op.maxCreateRevision)}`);
  if (op.minCreateRevision) where.push(`h.created >= ${bind(op.minCreateRevision)}`);
  return where.join(" AND ");
}

/** Whether a range is read a page at a time: no more of its interval is looked at than the page holds. */
export function rangePages(op: RangeOp): boolean {
  const isPaged = (op.limit ?? 0) > 0 || op.pageBytes !== undefined;
  return isPaged && op.uncounted === true && (op.sortBy ?? "key") === "key" && !op.countOnly && !filtered(op);
}

function filtered(op: RangeOp): boolean {
  return Boolean(op.minModRevision || op.maxModRevision || op.minCreateRevision || op.maxCreateRevision);
}

function sortTarget(sortBy: NonNullable<RangeOp["sortBy"]>): string {
  switch (sortBy) {
    case "key":
      return "found.key";
    case "version":
      return "found.version";
    case "create":
      return "found.created";
    case "mod":
      // The position within a revision must not order keys that changed together.
      return `found.id / ${IDS_PER_REVISION}`;
    case "value":
      return "found.value";
  }
}

function columns(op: RangeOp): string {
  return `id, key, created, version, lease, type, actor, time, ${op.keysOnly ? "x'' AS value" : "value"}`;
}

/** The bytes of an answer. The lengths of large values are known without reading them. */
function measure(sql: Sql, select: Selection, op: RangeOp): number {
  const sum = sql.exec<{ bytes: number }>(
    `SELECT total(bytes) AS bytes FROM (${select.query(`${sizeOf(op)} AS bytes`)})`,
    ...select.bindings,
  );
  return sum[0]?.bytes ?? 0;
}

function sizeOf(op: RangeOp): string {
  return `length(key) + ${op.keysOnly ? "0" : "length(value)"} + ${KEY_OVERHEAD_BYTES}`;
}
