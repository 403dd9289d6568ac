import { conditionRefused, putPartRefused, rangePartRefused, txnContradicts } from "./check.ts";
import type { DeleteOp, PutOp, RangeOp, Refused, TxnOp, TxnPart, TxnPartResult, TxnResult } from "./command.ts";
import { compareHolds } from "./compare.ts";
import { rangeRead } from "./range.ts";
import { type Turn, turnAnswer, turnRevision, Withdrawal } from "./turn.ts";
import { deleteRange, put } from "./write.ts";

/** A transaction whose comparisons are decided: the operations that will run. */
interface Plan {
  readonly kind: "plan";
  readonly succeeded: boolean;
  readonly parts: readonly (PutOp | DeleteOp | RangeOp | Plan)[];
}

type Step = Exclude<Plan["parts"][number], Plan>;

/**
 * A transaction by etcd's rules: comparisons, nested ones too, all see the state before it; either everything on the
 * path taken can be done, or nothing is; all changes have one revision; a range sees the changes before it.
 */
export function txn(turn: Turn, op: TxnOp): TxnResult | Refused {
  const contradiction = txnContradicts(turn, op);
  if (contradiction) return contradiction;
  const plan = planOf(turn, op);
  return planRefused(turn, plan) ?? planRun(turn, plan);
}

function planOf(turn: Turn, op: TxnOp): Plan {
  const succeeded = op.compare.every((compare) => compareHolds(turn, compare));
  const branch: readonly TxnPart[] = succeeded ? op.success : op.failure;
  return {
    kind: "plan",
    succeeded,
    parts: branch.map((part) => (part.kind === "txn" ? planOf(turn, part) : part)),
  };
}

/** The first refusal on the path; writes are asked before ranges. */
function planRefused(turn: Turn, plan: Plan): Refused | undefined {
  const steps = planSteps(plan);
  for (const step of steps) {
    const found = step.kind === "put" ? putPartRefused(turn, step) : undefined;
    if (found) return found;
    const unmet = step.kind === "delete" ? conditionRefused(turn, step) : undefined;
    if (unmet) return unmet;
  }
  for (const step of steps) {
    const found = step.kind === "range" ? rangePartRefused(turn, step) : undefined;
    if (found) return found;
  }
  return undefined;
}

function planSteps(plan: Plan): readonly Step[] {
  return plan.parts.flatMap((part) => (part.kind === "plan" ? planSteps(part) : [part]));
}

function planRun(turn: Turn, plan: Plan): TxnResult {
  const parts = plan.parts.map((part) => partRun(turn, part));
  return { kind: "txn", revision: turnRevision(turn), succeeded: plan.succeeded, parts };
}

function partRun(turn: Turn, part: Step | Plan): TxnPartResult {
  switch (part.kind) {
    case "put":
      return put(turn, part);
    case "delete":
      return deleteRange(turn, part);
    case "plan":
      return planRun(turn, part);
    case "range": {
      const view = { revision: turnRevision(turn), compact: turn.compact };
      const result = rangeRead(turn.sql, view, part, turn.answerBytesLeft);
      // Revisions were checked before anything ran, so only its size can refuse a range here.
      if (result.kind === "refused") throw new Withdrawal("answer-too-large");
      turnAnswer(turn, result.kvs);
      return result;
    }
  }
}
