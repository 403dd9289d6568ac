import { groupBy, type RegisterOperation } from "./history.ts";

/** Names what each operation has to find: a value that one put alone can have written, or the revision of its If-Match. */
export function observedBy(operations: readonly RegisterOperation[]): (op: RegisterOperation) => string | null {
  const writers = groupBy(
    operations.filter((op) => op.kind === "put"),
    (op) => op.value,
  );
  return (op) => {
    const value = valueSeen(op);
    if (value !== null) return writers.get(value)?.length === 1 ? valueName(value) : null;
    const compared = comparesWith(op);
    return compared === null ? null : revisionName(compared);
  };
}

/** The revision that a compare-and-set found, when it won. */
export function comparesWith(op: RegisterOperation): number | null {
  if (op.kind === "get" || op.condition.kind !== "match" || op.outcome.kind !== "ok") return null;
  return op.outcome.result.kind === "written" ? op.condition.modRevision : null;
}

export function valueName(value: string): string {
  return `value ${value}`;
}

export function revisionName(revision: number): string {
  return `revision ${revision}`;
}

export function valueSeen(op: RegisterOperation): string | null {
  if (op.kind !== "get" || op.outcome.kind !== "ok" || op.outcome.result.kind !== "present") return null;
  return op.outcome.result.value;
}
