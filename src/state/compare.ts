import type { Head } from "./history.ts";
import { intervalOf } from "./interval.ts";
import type { Compare } from "./ops/txn-op.ts";
import { scanOf } from "./scan.ts";
import { chargeScan } from "./scan-cost.ts";
import type { Sql, SqlValue } from "./sql.ts";
import { fieldsLevel, wordLevel } from "./support.ts";
import { keyLevel } from "./system-space.ts";
import type { Turn } from "./turn.ts";
import { IDS_PER_REVISION, versionRevision } from "./version.ts";

const FIELDS: Readonly<Record<keyof Compare, number>> = { key: 0, end: 0, result: 0, target: 0 };
const TARGET_FIELDS = { value: 0 };
const RESULTS: Readonly<Record<Compare["result"], number>> = { equal: 0, "not-equal": 0, greater: 0, less: 0 };
const TARGETS: Readonly<Record<Compare["target"]["kind"], number>> = {
  version: 0,
  create: 0,
  mod: 0,
  value: 0,
  lease: 0,
};

/** The feature level that a comparison needs. */
export function compareLevel(compare: Compare): number {
  return Math.max(
    keyLevel(compare.key),
    keyLevel(compare.end),
    fieldsLevel("a comparison", FIELDS, compare),
    wordLevel("the comparison", RESULTS, compare.result),
    wordLevel("the target", TARGETS, compare.target.kind),
    fieldsLevel("a target", TARGET_FIELDS, compare.target),
  );
}

const OPERATORS = { equal: "=", "not-equal": "<>", greater: ">", less: "<" } as const;

/**
 * Whether a comparison of a transaction holds: for every key of the interval. Where there is no key, numbers are
 * compared as 0, and a comparison of a value fails, whatever it asks, because a missing value is not an empty one.
 */
export function compareHolds(turn: Turn, compare: Compare): boolean {
  const { key, end, target } = compare;
  chargeScan(turn, key, end, { values: target.kind === "value" });
  const isNumber = target.kind === "version" || target.kind === "create" || target.kind === "mod";
  if (isNumber && intervalOf(key, end).kind === "point") {
    return numberHolds(numberOf(turn.heads.of(key), target.kind), compare.result, target.value);
  }
  return intervalHolds(turn.sql, compare);
}

function numberOf(head: Head | undefined, kind: "version" | "create" | "mod"): number {
  if (!head) return 0;
  switch (kind) {
    case "version":
      return head.version;
    case "create":
      return head.created;
    case "mod":
      return versionRevision(head.id);
  }
}

function numberHolds(have: number, result: Compare["result"], want: number): boolean {
  switch (result) {
    case "equal":
      return have === want;
    case "not-equal":
      return have !== want;
    case "greater":
      return have > want;
    case "less":
      return have < want;
  }
}

function intervalHolds(sql: Sql, compare: Compare): boolean {
  const scan = scanOf(intervalOf(compare.key, compare.end), Number.MAX_SAFE_INTEGER);
  const bindings: readonly SqlValue[] = [...scan.bindings, compare.target.value ?? 0];
  const [have, want] = sides(compare.target, `?${bindings.length}`);
  const operator = OPERATORS[compare.result];
  const found = sql.exec<{ keys: number; failing: number; absent: number }>(
    `${scan.with} SELECT count(*) AS keys, total(NOT (${have} ${operator} ${want})) AS failing,
        0 ${operator} ${want} AS absent
      FROM live CROSS JOIN history h ON h.id = live.id WHERE live.id % 2 = 0`,
    ...bindings,
  )[0];
  if (!found || found.keys === 0) return compare.target.kind !== "value" && found?.absent === 1;
  return found.failing === 0;
}

/** What the key has and what is asked of it. A lease is 64 bits wide, too wide for anything but SQL's integers. */
function sides(target: Compare["target"], bound: string): readonly [have: string, want: string] {
  switch (target.kind) {
    case "version":
      return ["h.version", bound];
    case "create":
      return ["h.created", bound];
    case "mod":
      return [`h.id / ${IDS_PER_REVISION}`, bound];
    case "value":
      return ["h.value", bound];
    case "lease":
      return ["CAST(coalesce(h.lease, '0') AS INTEGER)", `CAST(${bound} AS INTEGER)`];
  }
}
