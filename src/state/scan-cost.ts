import type { Revision } from "../api/key-value.ts";
import { type Interval, intervalOf } from "./interval.ts";
import { keyName } from "./key-name.ts";
import { COST_VALUE_BYTES } from "./limits.ts";
import type { KeyScan } from "./operation.ts";
import { scanOf } from "./scan.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";
import { versionFirst } from "./version.ts";

/** What is done with each key of an interval. */
type ScanUse = Pick<KeyScan, "values" | "changes">;

/** Charges for the keys from `key` to `end`, before they are scanned. A single key costs one, whether it is there or not. */
export function chargeScan(turn: Turn, key: Uint8Array, end: Uint8Array | undefined, use: ScanUse = {}): void {
  const { cost } = turn;
  if (cost === undefined) return;
  const interval = intervalOf(key, end);
  if (interval.kind !== "point") return cost.charge(intervalUnits(turn.sql, turn.compact, interval, use, cost.left));
  const units = 1 + (use.changes === true ? 1 : 0);
  cost.charge(
    use.values === true ? Math.max(units, intervalUnits(turn.sql, turn.compact, interval, use, cost.left)) : units,
  );
}

/** Units of an interval; no more of it is looked at than goes beyond `left`. */
export function intervalUnits(
  sql: Sql,
  compacted: Revision,
  interval: Interval,
  { values, changes }: ScanUse,
  left: number,
): number {
  const scan = scanOf(interval, Number.MAX_SAFE_INTEGER);
  const [compact, limit] = [`?${scan.bindings.length + 1}`, `?${scan.bindings.length + 2}`];
  const size = values === true ? `length(h.value) / ${COST_VALUE_BYTES}` : "0";
  const join = values === true ? "CROSS JOIN history h ON h.id = live.id" : "";
  const found = sql.exec<{ keys: number; alive: number; size: number }>(
    `${scan.with} SELECT count(*) AS keys, total(alive) AS alive, total(size) AS size FROM (
      SELECT live.id % 2 = 0 AS alive, ${size} AS size FROM live ${join}
      WHERE live.id % 2 = 0 OR live.id >= ${compact} LIMIT ${limit})`,
    ...scan.bindings,
    versionFirst(Math.max(0, compacted)),
    left + 1,
  )[0];
  if (found === undefined) return 0;
  return found.keys + found.size + (changes === true ? found.alive : 0);
}

/** Below no revision: rows count that physical compaction has yet to delete. They are passed all the same. */
export const NOT_COMPACTED: Revision = 0;

/**
 * The most that scans may cost together here and now, rows included that physical compaction has yet to delete; no more
 * is counted than goes beyond `max`.
 */
export function scansCost(sql: Sql, scans: readonly KeyScan[], max: number): number {
  const counted = new Map<string, number>();
  let units = 0;
  for (const { key, end, ...use } of scans) {
    const interval = intervalOf(key, end);
    if (interval.kind === "point") continue;
    const name = JSON.stringify([keyName(interval.from), keyName(interval.to), use]);
    // What was cut short for an earlier scan went beyond `max` then.
    const known = counted.get(name) ?? intervalUnits(sql, NOT_COMPACTED, interval, use, max - units);
    counted.set(name, known);
    units += known;
    if (units > max) break;
  }
  return units;
}
