import type { Sql } from "./sql.ts";
import { isSystemKey, SYSTEM_START } from "./system-space.ts";
import { versionLast } from "./version.ts";

/*
 * What a namespace holds, counted while commands are applied, and what it may hold at most. Both are part of the state:
 * every learner counts the same, and refuses the same. Documents are not counted: their number and size have limits of
 * their own.
 */

/** Counted from `LEVEL_DOCUMENTS` on. */
export interface Usage {
  /** Keys of clients that exist … */
  readonly keys: number;
  /** … and their bytes and their values'. */
  readonly bytes: number;
  /** The same of all versions above the compacted revision, deletes too. */
  readonly historyBytes: number;
  readonly leases: number;
}

export type Quota = keyof Usage;

/** What may be held at most, and written; what is absent is not limited. */
export type Quotas = Partial<Usage> & {
  /** Of each region, by its learner, which is no part of the state. */
  readonly writesPerSecond?: number;
};

export const USAGE_NONE: Usage = { keys: 0, bytes: 0, historyBytes: 0, leases: 0 };
export const QUOTAS: readonly Quota[] = ["keys", "bytes", "historyBytes", "leases"];

/** What one command changes of the usage. */
export type UsageChange = { -readonly [Name in Quota]: number };

export function usageSize(key: Uint8Array, value: Uint8Array): number {
  return key.byteLength + value.byteLength;
}

/** Counts a version of a key: `before` is the size of the one that it supersedes, undefined when the key is new. */
export function usageChange(
  usage: UsageChange,
  key: Uint8Array,
  before: number | undefined,
  size: number | "deleted",
): void {
  if (isSystemKey(key)) return;
  const isDeleted = size === "deleted";
  usage.keys += (isDeleted ? 0 : 1) - (before === undefined ? 0 : 1);
  usage.bytes += (isDeleted ? 0 : size) - (before ?? 0);
  usage.historyBytes += isDeleted ? key.byteLength : size;
}

/** The first quota that would be exceeded by what is to come; what only shrinks is never refused. */
export function quotaExceeded(usage: Usage, quotas: Quotas, growth: Usage): Quota | undefined {
  return QUOTAS.find(
    (name) => growth[name] > 0 && usage[name] + growth[name] > (quotas[name] ?? Number.POSITIVE_INFINITY),
  );
}

/** What the store holds, looked at whole: where counting begins. */
export function usageBegin(sql: Sql, compact: number): Usage {
  const [live] = sql.exec<{ keys: number; bytes: number | null }>(
    `SELECT count(*) AS keys, sum(length(h.key) + length(h.value)) AS bytes
      FROM (SELECT max(id) AS id FROM version WHERE key < ? GROUP BY key) newest CROSS JOIN history h ON h.id = newest.id
      WHERE newest.id % 2 = 0`,
    SYSTEM_START,
  );
  const [leases] = sql.exec<{ leases: number }>("SELECT count(*) AS leases FROM lease");
  return {
    keys: live?.keys ?? 0,
    bytes: live?.bytes ?? 0,
    historyBytes: historyBytes(sql, compact, Number.MAX_SAFE_INTEGER),
    leases: leases?.leases ?? 0,
  };
}

/** Bytes of all versions above revision `after`, up to version id `last`. A compaction takes them from the count. */
export function historyBytes(sql: Sql, after: number, last: number): number {
  const [found] = sql.exec<{ bytes: number | null }>(
    "SELECT sum(length(key) + length(value)) AS bytes FROM history WHERE id > ? AND id <= ? AND key < ?",
    versionLast(Math.max(0, after)),
    last,
    SYSTEM_START,
  );
  return found?.bytes ?? 0;
}
