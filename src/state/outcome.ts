import type { Operations, Result } from "./ops/registry.ts";
import type { Refusal } from "./refuse.ts";

const APPLIED_BEFORE = 10;

/** A number for every refusal, for ever: learners of different builds compare digests. */
const REFUSALS: Readonly<Record<Refusal, number>> = {
  "condition-failed": 32,
  compacted: 33,
  "future-revision": 34,
  "key-not-found": 35,
  "lease-not-found": 36,
  "lease-exists": 37,
  "lease-ttl-too-large": 38,
  "duplicate-key": 39,
  "value-provided": 40,
  "lease-provided": 41,
  "too-many-changes": 42,
  "answer-too-large": 43,
  expired: 44,
  reused: 45,
  upgrading: 46,
  "too-expensive": 47,
  "policy-changed": 48,
  restoring: 49,
  "restore-conflict": 50,
  "quota-exceeded": 51,
};

/** What became of a command, as a number for the digest. */
export function outcomeOf(operations: Operations, result: Result): number {
  if (result.kind === "refused") return REFUSALS[result.why];
  return result.kind === "applied-before" ? APPLIED_BEFORE : operations.of(result).outcome;
}
