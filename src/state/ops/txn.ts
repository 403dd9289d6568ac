import { Encoder } from "@msgpack/msgpack";
import { compareLevel } from "../compare.ts";
import { intervalOf } from "../interval.ts";
import { KEY_OVERHEAD_BYTES, SCAN_WEIGHT } from "../limits.ts";
import { type AnyOp, OP_OVERHEAD_BYTES, type Operation, operation, operationLevel } from "../operation.ts";
import type { Refused } from "../refuse.ts";
import { Unsupported } from "../support.ts";
import type { Turn } from "../turn.ts";
import { deleteRange } from "./delete.ts";
import { put } from "./put.ts";
import { range } from "./range.ts";
import type { TxnOp, TxnPart, TxnPartResult, TxnResult } from "./txn-op.ts";
import { planOf, planRefused, planRun, txnContradicts } from "./txn-plan.ts";

const encoder = new Encoder();

export const txn: Operation<TxnOp, TxnResult> = operation<TxnOp, TxnResult>({
  kind: "txn",
  since: 0,
  fields: { compare: 0, success: 0, failure: 0 },
  outcome: 3,
  nested: ({ compare, success, failure }) =>
    Math.max(
      0,
      ...compare.map(compareLevel),
      ...[...success, ...failure].map((part) => operationLevel(partOf(part), part)),
    ),
  run: txnRun,
  keys({ compare, success, failure }) {
    const points = compare.filter(({ key, end }) => intervalOf(key, end).kind === "point").map(({ key }) => key);
    return [...points, ...[...success, ...failure].flatMap((part) => partOf(part).keys(part))];
  },
  scans: ({ compare, success, failure }) => [
    ...compare.map(({ key, end, target }) => ({ key, end, values: target.kind === "value" })),
    ...[...success, ...failure].flatMap((part) => partOf(part).scans(part)),
  ],
  bytes: (op) => OP_OVERHEAD_BYTES + encoder.encode(op).byteLength,
  weight: ({ compare, success, failure }) =>
    compare.filter(({ key, end }) => intervalOf(key, end).kind !== "point").length * SCAN_WEIGHT +
    [...success, ...failure].reduce((sum, part) => sum + partOf(part).weight(part), 1),
  canWithdraw: () => true,
  resultBytes: ({ parts }) => parts.reduce((sum, part) => sum + partOf(part).resultBytes(part), KEY_OVERHEAD_BYTES),
  hasBytes: ({ parts }) => parts.some((part) => partOf(part).hasBytes(part)),
  withoutBodies: (result) => ({
    ...result,
    parts: result.parts.map((part) =>
      partOf(part).hasBytes(part) ? ((partOf(part).withoutBodies(part) ?? part) as TxnPartResult) : part,
    ),
  }),
});

/** What a transaction may consist of. A part and its result have the same kind. */
const PARTS: Readonly<Record<TxnPart["kind"], Operation>> = { put, delete: deleteRange, range, txn };

function partOf({ kind }: AnyOp): Operation {
  const part = Object.hasOwn(PARTS, kind) ? PARTS[kind as TxnPart["kind"]] : undefined;
  if (part === undefined) throw new Unsupported(`the part ${kind} of a transaction`);
  return part;
}

/**
 * A transaction by etcd's rules: comparisons, nested ones too, all see the state before it; either everything on the
 * path taken can be done, or nothing is; all changes have one revision; a range sees the changes before it.
 */
function txnRun(turn: Turn, op: TxnOp): TxnResult | Refused {
  const contradiction = txnContradicts(turn, op);
  if (contradiction) return contradiction;
  const plan = planOf(turn, op);
  return planRefused(turn, plan) ?? planRun(turn, plan);
}
