import { groupBy, type Operation, operationText, returnOf } from "./history.ts";
import type { Violation } from "./verdict.ts";

/**
 * Attempts with one Idempotency-Key are one operation: called when the first attempt that may have had an effect was,
 * returned when the first answer arrived. So a second effect of the same request has no operation to explain it.
 */
export function requestsCollapse(operations: readonly Operation[]): readonly Operation[] {
  const single = operations.filter((op) => op.request === undefined);
  const groups = groupBy(
    operations.filter((op) => op.request !== undefined),
    (op) => op.request,
  );
  return [...single, ...[...groups.values()].map(attemptsCollapse)];
}

function attemptsCollapse(attempts: readonly Operation[]): Operation {
  const effective = attempts.filter((op) => op.outcome.kind !== "failed");
  const [first] = effective.length === 0 ? attempts : effective;
  if (first === undefined) throw new Error("a request has at least one attempt");
  const call = Math.min(...effective.map((op) => op.call), first.call);
  const answered = effective.filter((op) => op.outcome.kind === "ok");
  if (answered.length === 0) return { ...first, call };
  return { ...answered.reduce((best, op) => (returnOf(op) < returnOf(best) ? op : best)), call };
}

/** Every attempt of a request that is answered gets the first result. (The store's revision may have moved on.) */
export function requestsCheck(operations: readonly Operation[]): readonly Violation[] {
  const groups = groupBy(
    operations.filter((op) => op.request !== undefined && op.outcome.kind === "ok"),
    (op) => op.request,
  );
  const violations: Violation[] = [];
  for (const [request, attempts] of groups) {
    const results = groupBy(attempts, (op) => (op.outcome.kind === "ok" ? JSON.stringify(op.outcome.result) : ""));
    if (results.size < 2) continue;
    violations.push({
      rule: "request-result",
      message: `attempts of request ${request} were told different results: ${attempts.map(operationText).join("; ")}`,
      operations: attempts.map((op) => op.id),
    });
  }
  return violations;
}
