import {
  type Get,
  groupBy,
  isRegisterWrite,
  type Operation,
  operationText,
  type RegisterWrite,
  returnOf,
  revisionOf,
  revisionWritten,
  valueWritten,
} from "./history.ts";
import type { Violation } from "./verdict.ts";

/** What some answer proved: at `revision`, `key` was given `value` (`null`: deleted). */
export interface Fact {
  readonly revision: number;
  readonly key: string;
  readonly value: string | null;
  readonly source: Operation;
}

/** Facts from acknowledged writes and from what reads cite, writes first. */
export function factsOf(operations: readonly Operation[]): readonly Fact[] {
  const written = operations.flatMap((op) => {
    const revision = revisionWritten(op);
    if (revision === null || !isRegisterWrite(op)) return [];
    return [{ revision, key: op.key, value: valueWritten(op), source: op }];
  });
  const read = operations.flatMap((op) => {
    if (op.kind !== "get" || op.outcome.kind !== "ok" || op.outcome.result.kind !== "present") return [];
    const { modRevision, value } = op.outcome.result;
    return modRevision === null ? [] : [{ revision: modRevision, key: op.key, value, source: op }];
  });
  return [...written, ...read];
}

/** A revision belongs to one write, and every answer that cites it says the same of it. */
export function revisionsCheck(operations: readonly Operation[]): readonly Violation[] {
  const violations: Violation[] = [];
  for (const [revision, facts] of groupBy(factsOf(operations), (fact) => fact.revision)) {
    const [first, ...rest] = facts;
    if (first === undefined) continue;
    for (const fact of rest) {
      const writes = isRegisterWrite(first.source) && isRegisterWrite(fact.source);
      if (!writes && fact.key === first.key && fact.value === first.value) continue;
      violations.push({
        rule: writes ? "revision-shared" : "revision-value",
        message: `revision ${revision} is told in two ways: ${operationText(first.source)}; ${operationText(fact.source)}`,
        operations: [first.source.id, fact.source.id],
      });
    }
  }
  return [...violations, ...operations.flatMap(aheadCheck)];
}

/** Nothing can be newer than the store that holds it. */
function aheadCheck(op: Operation): readonly Violation[] {
  const store = revisionOf(op);
  const [fact] = factsOf([op]);
  if (store === null || fact === undefined || fact.revision <= store) return [];
  const message = `an answer cites a revision newer than the store's own: ${operationText(op)}`;
  return [{ rule: "revision-ahead", message, operations: [op.id] }];
}

/**
 * A read that says the store was at R shows what R holds, whether it is linearizable or local: no write to its key
 * between what it shows and R is missing.
 */
export function snapshotCheck(operations: readonly Operation[]): readonly Violation[] {
  const violations: Violation[] = [];
  for (const ofKey of groupBy(operations, (op) => op.key).values()) {
    const facts = [...factsOf(ofKey)].sort((a, b) => a.revision - b.revision);
    const deletes = ofKey.filter((op) => op.kind === "delete" && mayHaveEffect(op) && revisionWritten(op) === null);
    for (const op of ofKey) {
      const missed = op.kind === "get" ? snapshotMissed(op, facts, deletes) : undefined;
      if (missed === undefined) continue;
      violations.push({
        rule: "snapshot-read",
        message: `${operationText(op)} does not show revision ${missed.revision}, told by ${operationText(missed.source)}`,
        operations: [op.id, missed.source.id],
      });
    }
  }
  return violations;
}

function snapshotMissed(op: Get, facts: readonly Fact[], deletes: readonly Operation[]): Fact | undefined {
  const store = revisionOf(op);
  if (store === null || op.outcome.kind !== "ok") return undefined;
  const { result } = op.outcome;
  const last = factBefore(facts, store);
  if (last === undefined) return undefined;
  if (result.kind === "present")
    return result.modRevision !== null && last.revision > result.modRevision ? last : undefined;
  // A delete whose revision nobody knows may stand between the last known put and the read.
  const deleted = last.value === null || deletes.some((other) => other.call <= returnOf(op));
  return deleted ? undefined : last;
}

/** The last of `facts`, ascending, at or below a revision. */
export function factBefore<T extends { readonly revision: number }>(
  facts: readonly T[],
  revision: number,
): T | undefined {
  let low = 0;
  let high = facts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((facts[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return facts[low - 1];
}

/** Could this have changed the store? Not when it failed, found nothing to delete, or lost its condition. */
export function mayHaveEffect(op: Operation): op is RegisterWrite {
  if (!isRegisterWrite(op) || op.outcome.kind === "failed") return false;
  return op.outcome.kind === "unknown" || op.outcome.result.kind === "written";
}
