import {
  type Get,
  groupBy,
  type Operation,
  operationText,
  type RegisterWrite,
  returnOf,
  revisionWritten,
} from "./history.ts";
import { mayHaveEffect } from "./revisions.ts";
import type { Violation } from "./verdict.ts";

/** Every value that is read was written, by something that had been asked before the read ended. */
export function readsCheck(operations: readonly Operation[]): readonly Violation[] {
  const violations: Violation[] = [];
  for (const ofKey of groupBy(operations, (op) => op.key).values()) {
    const writes = groupBy(
      ofKey.filter((op) => mayHaveEffect(op)),
      (op) => (op.kind === "put" ? op.value : null),
    );
    for (const op of ofKey) if (op.kind === "get") violations.push(...originCheck(op, writes));
  }
  return violations;
}

function originCheck(op: Get, writes: ReadonlyMap<string | null, readonly RegisterWrite[]>): readonly Violation[] {
  if (op.outcome.kind !== "ok" || op.outcome.result.kind !== "present") return [];
  const { value, modRevision } = op.outcome.result;
  const origins = (writes.get(value) ?? []).filter((write) => {
    const revision = revisionWritten(write);
    return revision === null || modRevision === null || revision === modRevision;
  });
  if (origins.length === 0) {
    const message = `no write can have made what was read: ${operationText(op)}`;
    return [{ rule: "phantom-read", message, operations: [op.id] }];
  }
  if (origins.some((write) => write.call <= returnOf(op))) return [];
  const message = `read before it was asked to be written: ${operationText(op)}; ${origins.map(operationText).join("; ")}`;
  return [{ rule: "future-read", message, operations: [op.id, ...origins.map((write) => write.id)] }];
}
