import { intervalOf } from "../interval.ts";
import { kvsBytes } from "../kvs-bytes.ts";
import { SCAN_WEIGHT } from "../limits.ts";
import { operation } from "../operation.ts";
import { rangeRead } from "../range.ts";
import type { RangeOp, RangeResult } from "../range-op.ts";
import { type Refused, refused, refusedCompacted } from "../refuse.ts";
import { chargeScan } from "../scan-cost.ts";
import { wordLevel } from "../support.ts";
import { keyLevel } from "../system-space.ts";
import { type Turn, turnAnswer, turnRevision, Withdrawal } from "../turn.ts";

/** A range as a part of a transaction; by itself it is a query, and does not come into the log. */
export const range = operation<RangeOp, RangeResult>({
  kind: "range",
  since: 0,
  fields: {
    key: 0,
    end: 0,
    revision: 0,
    limit: 0,
    sortBy: 0,
    sortOrder: 0,
    keysOnly: 0,
    countOnly: 0,
    uncounted: 0,
    pageBytes: 1,
    minModRevision: 0,
    maxModRevision: 0,
    minCreateRevision: 0,
    maxCreateRevision: 0,
  },
  outcome: 0,
  scans: ({ key, end, sortBy }) => [{ key, end, values: sortBy === "value" }],
  weight: ({ key, end }) => (intervalOf(key, end).kind === "point" ? 1 : SCAN_WEIGHT),
  nested: ({ key, end, sortBy = "key", sortOrder = "none" }) =>
    Math.max(
      keyLevel(key),
      keyLevel(end),
      wordLevel("the sort target", SORT_TARGETS, sortBy),
      wordLevel("the sort order", SORT_ORDERS, sortOrder),
    ),
  run: (turn, op) => rangeRefused(turn, op) ?? rangeRun(turn, op),
  resultBytes: ({ kvs }) => kvsBytes(kvs),
  hasBytes: ({ kvs }) => kvs.length > 0,
  withoutBodies: (result) => ({ ...result, kvs: [], omitted: true }),
});

const SORT_TARGETS: Readonly<Record<NonNullable<RangeOp["sortBy"]>, number>> = {
  key: 0,
  version: 0,
  create: 0,
  mod: 0,
  value: 0,
};
const SORT_ORDERS: Readonly<Record<NonNullable<RangeOp["sortOrder"]>, number>> = { none: 0, ascend: 0, descend: 0 };

export function rangeRefused(turn: Turn, op: RangeOp): Refused | undefined {
  const asked = op.revision ?? 0;
  if (asked > turn.before) return refused("future-revision", turn.before);
  if (asked !== 0 && asked < turn.compact) return refusedCompacted(turn.before, turn.compact);
  return undefined;
}

/** Counted in the state before the transaction, so that it is refused before anything is changed. */
export function rangeCharge(turn: Turn, { key, end, sortBy }: RangeOp): void {
  chargeScan(turn, key, end, { values: sortBy === "value" });
}

/** It sees the changes that the transaction made before it. */
export function rangeRun(turn: Turn, op: RangeOp): RangeResult {
  const view = { revision: turnRevision(turn), compact: turn.compact, restore: null };
  const result = rangeRead(turn.sql, view, op, turn.answerBytesLeft);
  // Revisions were checked before anything ran, so only its size can refuse a range here.
  if (result.kind === "refused") throw new Withdrawal("answer-too-large");
  turnAnswer(turn, result.kvs);
  return result;
}
