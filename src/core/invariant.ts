/**
 * A broken invariant is a bug in this program, never an outcome of the protocol. Nobody catches it to carry on:
 * an object that throws it is reset by its host and loses what it had not yet stored.
 */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** Asserts `condition`; `rule` names the invariant, numbered as in src/core/PROTOCOL.md. */
export function invariant(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new InvariantViolation(rule);
}
