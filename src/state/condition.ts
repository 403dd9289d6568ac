import type { Revision } from "../api/key-value.ts";
import { type Head, keyAt } from "./history.ts";
import { type Refused, refusedCondition } from "./refuse.ts";
import { fieldsLevel, wordLevel } from "./support.ts";
import type { Turn } from "./turn.ts";
import { versionRevision } from "./version.ts";

/** What must hold of the key for a native write to take effect; otherwise `condition-failed`. */
export type Condition =
  | { readonly kind: "absent" }
  | { readonly kind: "present" }
  | { readonly kind: "mod-revision"; readonly anyOf: readonly Revision[] };

const KINDS: Readonly<Record<Condition["kind"], number>> = { absent: 0, present: 0, "mod-revision": 0 };

/** The feature level that a condition needs. */
export function conditionLevel(condition: Condition | undefined): number {
  if (condition === undefined) return 0;
  return Math.max(
    wordLevel("the condition", KINDS, condition.kind),
    fieldsLevel("a condition", { anyOf: 0 }, condition),
  );
}

/** A write that names a condition. */
interface Conditional {
  readonly key: Uint8Array;
  readonly condition?: Condition;
}

/** The native conditions, `If-Match` and `If-None-Match`. */
export function conditionRefused(turn: Turn, op: Conditional): Refused | undefined {
  if (!op.condition || conditionHolds(op.condition, turn.heads.of(op.key))) return undefined;
  return refusedCondition(turn.before, keyAt(turn.sql, op.key));
}

function conditionHolds(condition: Condition, head: Head | undefined): boolean {
  switch (condition.kind) {
    case "absent":
      return head === undefined;
    case "present":
      return head !== undefined;
    case "mod-revision":
      return head !== undefined && condition.anyOf.includes(versionRevision(head.id));
  }
}
