import { type Get, groupBy, type Operation, operationText, returnOf, revisionOf, revisionWritten } from "./history.ts";
import { mayHaveEffect } from "./revisions.ts";
import type { Rule, Violation } from "./verdict.ts";

/**
 * A session never goes back. A linearizable read owes it everything the session was told before; a local read owes it
 * what lies at or below the `min_revision` it passed, and nothing when it passed none.
 */
export function sessionsCheck(operations: readonly Operation[]): readonly Violation[] {
  const deletes = groupBy(
    operations.filter((op) => op.kind === "delete" && mayHaveEffect(op)),
    (op) => op.key,
  );
  const violations: Violation[] = [];
  for (const session of groupBy(operations, (op) => op.session).values()) {
    for (const op of session) {
      if (op.kind !== "get" || op.outcome.kind !== "ok") continue;
      violations.push(...minRevisionCheck(op), ...storeCheck(op, session));
      violations.push(...keyCheck(op, session, deletes.get(op.key) ?? []));
    }
  }
  return violations;
}

function minRevisionCheck(op: Get): readonly Violation[] {
  const store = revisionOf(op);
  if (op.minRevision === null || store === null || store >= op.minRevision) return [];
  return [violation("session-min-revision", op, op, `revision ${op.minRevision} was asked for at least`)];
}

function storeCheck(op: Get, session: readonly Operation[]): readonly Violation[] {
  const store = revisionOf(op);
  if (store === null) return [];
  const newer = session.find((other) => {
    const seen = revisionOf(other);
    return returnOf(other) < op.call && seen !== null && seen > store && seen <= owedThrough(op);
  });
  return newer === undefined
    ? []
    : [violation("session-monotonic-reads", op, newer, "the session had seen a newer store")];
}

function keyCheck(op: Get, session: readonly Operation[], deletes: readonly Operation[]): readonly Violation[] {
  const before = session.filter((other) => other.key === op.key && returnOf(other) < op.call);
  const newer = before.find((other) => {
    const known = keyRevision(other);
    return known !== null && known <= owedThrough(op) && goesBack(op, other, known, deletes);
  });
  if (newer === undefined) return [];
  const rule = newer.kind === "get" ? "session-monotonic-reads" : "session-read-your-writes";
  return [violation(rule, op, newer, "the session had been told of a newer state of the key")];
}

function goesBack(op: Get, earlier: Operation, known: number, deletes: readonly Operation[]): boolean {
  if (op.outcome.kind !== "ok") return false;
  const { result } = op.outcome;
  if (result.kind === "present") return result.modRevision !== null && result.modRevision < known;
  if (earlier.kind === "delete") return false;
  const store = revisionOf(op);
  if (store !== null && store < known) return true;
  return !deletes.some(
    (other) => (revisionWritten(other) ?? Number.POSITIVE_INFINITY) > known && other.call <= returnOf(op),
  );
}

/** The revision up to which this read owes its session what the session was told. */
function owedThrough(op: Get): number {
  return op.consistency === "linearizable" ? Number.POSITIVE_INFINITY : (op.minRevision ?? Number.NEGATIVE_INFINITY);
}

/** The revision of its key that an answer told. */
function keyRevision(op: Operation): number | null {
  if (op.kind !== "get") return revisionWritten(op);
  return op.outcome.kind === "ok" && op.outcome.result.kind === "present" ? op.outcome.result.modRevision : null;
}

function violation(rule: Rule, op: Operation, earlier: Operation, why: string): Violation {
  const before = op === earlier ? "" : `, by ${operationText(earlier)}`;
  const message = `session ${op.session}, ${operationText(op)}: ${why}${before}`;
  return { rule, message, operations: op === earlier ? [op.id] : [earlier.id, op.id] };
}
