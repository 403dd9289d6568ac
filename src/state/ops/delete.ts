import type { KeyValue, Revision } from "../../api/key-value.ts";
import { changeAppend } from "../change.ts";
import { type Condition, conditionLevel, conditionRefused } from "../condition.ts";
import { NO_LEASE, tombstone } from "../history.ts";
import { type Interval, intervalOf } from "../interval.ts";
import { kvsBytes } from "../kvs-bytes.ts";
import { leaseDetach } from "../lease.ts";
import { CHANGES_PER_COMMAND_MAX, SCAN_WEIGHT } from "../limits.ts";
import { OP_OVERHEAD_BYTES, operation } from "../operation.ts";
import { type UsageChange, usageChange } from "../quota.ts";
import { rangeRead } from "../range.ts";
import type { RangeOp } from "../range-op.ts";
import { scanOf } from "../scan.ts";
import { chargeScan } from "../scan-cost.ts";
import { keyLevel } from "../system-space.ts";
import { type Turn, turnAnswer, turnRevision, Withdrawal } from "../turn.ts";

export interface DeleteOp {
  readonly kind: "delete";
  readonly key: Uint8Array;
  /** End of the half-open interval [key, end); a single zero byte means "from key on"; absent means the one key. */
  readonly end?: Uint8Array;
  /** Only for a single key. */
  readonly condition?: Condition;
  readonly prevKv?: boolean;
}

export interface DeleteResult {
  readonly kind: "delete";
  readonly revision: Revision;
  readonly deleted: number;
  readonly prev?: readonly KeyValue[];
  /** Keys and values were left out: there was no memory for them beside those of other commands. */
  readonly omitted?: true;
}

export const deleteRange = operation<DeleteOp, DeleteResult>({
  kind: "delete",
  since: 0,
  withoutBodies: ({ prev: _, ...result }) => ({ ...result, omitted: true }),
  fields: { key: 0, end: 0, condition: 0, prevKv: 0 },
  outcome: 2,
  nested: ({ key, end, condition }) => Math.max(keyLevel(key), keyLevel(end), conditionLevel(condition)),
  run(turn, op) {
    deleteCharge(turn, op);
    return conditionRefused(turn, op) ?? deleteRun(turn, op);
  },
  keys: ({ key, end }) => (intervalOf(key, end).kind === "point" ? [key] : []),
  scans: ({ key, end, prevKv }) => [{ key, end, changes: true, values: prevKv === true }],
  weight: ({ key, end }) => (intervalOf(key, end).kind === "point" ? 1 : SCAN_WEIGHT),
  canWithdraw: () => true,
  bytes: ({ key, end }) => OP_OVERHEAD_BYTES + key.byteLength + (end?.byteLength ?? 0),
  resultBytes: ({ prev }) => kvsBytes(prev ?? []),
  hasBytes: ({ prev }) => prev !== undefined,
});

export function deleteCharge(turn: Turn, { key, end, prevKv }: DeleteOp): void {
  chargeScan(turn, key, end, { changes: true, values: prevKv === true });
}

/** Counts what the delete of one key takes from what the store holds. */
export function deleteCount(turn: Turn, { key, end }: DeleteOp, growth: UsageChange): void {
  const before = intervalOf(key, end).kind === "point" ? turn.heads.of(key)?.size : undefined;
  if (before !== undefined) usageChange(growth, key, before, "deleted");
}

/** Deletes the keys of an interval in key order: two rows written each, and one for a lease left. */
export function deleteRun(turn: Turn, op: DeleteOp): DeleteResult {
  const prev = op.prevKv ? previous(turn, op) : undefined;
  const doomed = doomedOf(turn, intervalOf(op.key, op.end));
  for (const { key, lease } of doomed) remove(turn, key, lease ?? NO_LEASE);
  return { kind: "delete", revision: turnRevision(turn), deleted: doomed.length, ...(prev ? { prev } : {}) };
}

type Doomed = { key: Uint8Array; lease: string | null };

function doomedOf(turn: Turn, interval: Interval): readonly Doomed[] {
  if (interval.kind === "point") {
    const head = turn.heads.of(interval.key);
    return head ? [{ key: interval.key, lease: head.lease }] : [];
  }
  const scan = scanOf(interval, Number.MAX_SAFE_INTEGER);
  return turn.sql.exec<Doomed>(
    `${scan.with} SELECT h.key, h.lease FROM live CROSS JOIN history h ON h.id = live.id
      WHERE live.id % 2 = 0 LIMIT ${CHANGES_PER_COMMAND_MAX + 1}`,
    ...scan.bindings,
  );
}

function previous(turn: Turn, del: DeleteOp): readonly KeyValue[] {
  const view = { revision: turnRevision(turn), compact: turn.compact, restore: null };
  const op: RangeOp = { kind: "range", key: del.key, ...(del.end ? { end: del.end } : {}), uncounted: true };
  const range = rangeRead(turn.sql, view, op, turn.answerBytesLeft);
  // A read of the newest revision can be refused for its size only.
  if (range.kind === "refused") throw new Withdrawal("answer-too-large");
  turnAnswer(turn, range.kvs);
  return range.kvs;
}

/** Deletes one key that exists. */
function remove(turn: Turn, key: Uint8Array, lease: string): void {
  leaseDetach(turn.direct, lease, key);
  changeAppend(turn, tombstone(key, turn.before + 1), true);
}
