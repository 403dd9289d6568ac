import { groupBy, type Operation, operationText, type Propose, returnOf } from "./history.ts";
import type { Rule, Violation } from "./verdict.ts";

type Told = Propose & { readonly outcome: { readonly kind: "ok" } };

/**
 * Write-once keys. For this object four plain rules are all of linearizability: one value; somebody proposed it; at
 * most one winner, and it is the one told so; the winner was asked before anybody was answered.
 * Takes collapsed requests.
 */
export function proposalsCheck(operations: readonly Operation[]): readonly Violation[] {
  const proposals = operations.filter((op) => op.kind === "propose" && op.outcome.kind !== "failed");
  return [...groupBy(proposals as readonly Propose[], (op) => op.key).values()].flatMap(keyCheck);
}

function keyCheck(proposals: readonly Propose[]): readonly Violation[] {
  const told = proposals.filter((op): op is Told => op.outcome.kind === "ok");
  const [first] = told;
  if (first === undefined) return [];
  const { chosen } = first.outcome.result;
  const other = told.find((op) => op.outcome.result.chosen !== chosen);
  if (other !== undefined) return [violation("propose-agreement", "two values are chosen", [first, other])];

  const winners = told.filter((op) => op.outcome.result.mine);
  const [winner, second] = winners;
  if (second !== undefined)
    return [violation("propose-winner", "two proposers are told that theirs was first", winners)];
  if (winner !== undefined && winner.value !== chosen)
    return [violation("propose-winner", "its value is another", [winner])];

  const possible =
    winner === undefined ? proposals.filter((op) => op.value === chosen && op.outcome.kind === "unknown") : [winner];
  if (possible.length === 0) return [originViolation(proposals, first, chosen)];
  const answered = told.reduce((soonest, op) => (returnOf(op) < returnOf(soonest) ? op : soonest));
  if (possible.some((op) => op.call <= returnOf(answered))) return [];
  return [violation("propose-order", "the chosen value was told before it was proposed", [answered, ...possible])];
}

function originViolation(proposals: readonly Propose[], told: Told, chosen: string): Violation {
  const own = proposals.filter((op) => op.value === chosen);
  if (own.length === 0) return violation("propose-validity", "nobody proposed the chosen value", [told]);
  return violation("propose-winner", "everyone who proposed the chosen value is told that it was not theirs", own);
}

function violation(rule: Rule, why: string, operations: readonly Operation[]): Violation {
  return {
    rule,
    message: `${why}: ${operations.map(operationText).join("; ")}`,
    operations: operations.map((op) => op.id),
  };
}
