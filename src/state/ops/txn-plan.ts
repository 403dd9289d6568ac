import { compareHolds } from "../compare.ts";
import { conditionRefused } from "../condition.ts";
import { txnOverlaps } from "../overlap.ts";
import { USAGE_NONE, type Usage } from "../quota.ts";
import { quotaRefused } from "../quota-refused.ts";
import type { RangeOp } from "../range-op.ts";
import { type Refused, refused } from "../refuse.ts";
import { type Turn, turnRevision } from "../turn.ts";
import { type DeleteOp, deleteCharge, deleteCount, deleteRun } from "./delete.ts";
import { type PutOp, putContradicts, putCount, putPartRefused, putRun } from "./put.ts";
import { rangeCharge, rangeRefused, rangeRun } from "./range.ts";
import type { TxnOp, TxnPart, TxnPartResult, TxnResult } from "./txn-op.ts";

/** A transaction whose comparisons are decided: the operations that will run. */
interface Plan {
  readonly kind: "plan";
  readonly succeeded: boolean;
  readonly parts: readonly (PutOp | DeleteOp | RangeOp | Plan)[];
}

type Step = Exclude<Plan["parts"][number], Plan>;

export function planOf(turn: Turn, op: TxnOp): Plan {
  const succeeded = op.compare.every((compare) => compareHolds(turn, compare));
  const branch: readonly TxnPart[] = succeeded ? op.success : op.failure;
  return {
    kind: "plan",
    succeeded,
    parts: branch.map((part) => (part.kind === "txn" ? planOf(turn, part) : part)),
  };
}

/** The first refusal on the path; writes are asked before ranges. What is not refused is charged for. */
export function planRefused(turn: Turn, plan: Plan): Refused | undefined {
  const steps = planSteps(plan);
  for (const step of steps) {
    const found = step.kind === "put" ? putPartRefused(turn, step) : undefined;
    if (found) return found;
    const unmet = step.kind === "delete" ? conditionRefused(turn, step) : undefined;
    if (unmet) return unmet;
  }
  for (const step of steps) {
    const found = step.kind === "range" ? rangeRefused(turn, step) : undefined;
    if (found) return found;
  }
  for (const step of steps) stepCharge(turn, step);
  return quotaRefused(turn, () => stepsGrowth(turn, steps));
}

/**
 * What the steps add. No two of them change one key; what a range deletes beside them makes room from the next command
 * on.
 */
function stepsGrowth(turn: Turn, steps: readonly Step[]): Usage {
  const growth = { ...USAGE_NONE };
  for (const step of steps) {
    if (step.kind === "put") putCount(turn, step, growth);
    if (step.kind === "delete") deleteCount(turn, step, growth);
  }
  return growth;
}

function stepCharge(turn: Turn, step: Step): void {
  switch (step.kind) {
    case "put":
      return turn.cost?.charge(1);
    case "delete":
      return deleteCharge(turn, step);
    case "range":
      return rangeCharge(turn, step);
  }
}

function planSteps(plan: Plan): readonly Step[] {
  return plan.parts.flatMap((part) => (part.kind === "plan" ? planSteps(part) : [part]));
}

export function planRun(turn: Turn, plan: Plan): TxnResult {
  const parts = plan.parts.map((part) => partRun(turn, part));
  return { kind: "txn", revision: turnRevision(turn), succeeded: plan.succeeded, parts };
}

function partRun(turn: Turn, part: Step | Plan): TxnPartResult {
  switch (part.kind) {
    case "put":
      return putRun(turn, part);
    case "delete":
      return deleteRun(turn, part);
    case "plan":
      return planRun(turn, part);
    case "range":
      return rangeRun(turn, part);
  }
}

/** What no state can make right: contradictions within a put, and puts and deletes that meet. Both branches count. */
export function txnContradicts(turn: Turn, txn: TxnOp): Refused | undefined {
  return partsContradict(turn, txn) ?? (txnOverlaps(txn) ? refused("duplicate-key", turn.before) : undefined);
}

function partsContradict(turn: Turn, txn: TxnOp): Refused | undefined {
  for (const part of [...txn.success, ...txn.failure]) {
    const found = partContradicts(turn, part);
    if (found) return found;
  }
  return undefined;
}

function partContradicts(turn: Turn, part: TxnPart): Refused | undefined {
  switch (part.kind) {
    case "put":
      return putContradicts(turn, part);
    case "txn":
      return partsContradict(turn, part);
    case "delete":
    case "range":
      return undefined;
  }
}
