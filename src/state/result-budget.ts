import { abridged } from "./kept-result.ts";
import { kvsBytes } from "./kvs-bytes.ts";
import { KEPT_RESULT_BYTES_MAX, KEY_OVERHEAD_BYTES, RESULTS_BYTES_MAX } from "./limits.ts";
import { OPERATIONS, type Operations, type Result } from "./ops/registry.ts";

/**
 * Memory for the results that are on their way to their callers. Results are whole until the budget is used up; one
 * command may use all of it, and what does not fit is told without keys and values. A Durable Object with more of them
 * in memory would be ended, and again at the same entry. What a result says of its effect does not depend on the
 * budget.
 */
export class ResultBudget {
  #bytes: number;

  constructor(before?: ResultBudget) {
    this.#bytes = before === undefined ? 0 : before.#bytes;
  }

  /** `result`, whole or without what does not fit. Small results are not counted. */
  fit(result: Result, operations: Operations = OPERATIONS): Result {
    const bytes = resultBytes(result, operations);
    if (bytes <= KEPT_RESULT_BYTES_MAX) return result;
    if (this.#bytes + bytes > RESULTS_BYTES_MAX) return withoutBodies(result, operations);
    this.#bytes += bytes;
    return result;
  }
}

/** What a first result says of its effect: its verdict, revisions and versions, without keys and values. */
export function withoutBodies(result: Result, operations: Operations = OPERATIONS): Result {
  if (result.kind === "refused" || result.kind === "applied-before") return abridged(result);
  return (operations.of(result).withoutBodies(result) as Result | undefined) ?? abridged(result);
}

/** About what a result takes in memory. */
export function resultBytes(result: Result, operations: Operations = OPERATIONS): number {
  if (result.kind === "refused") return kvsBytes(result.current === undefined ? [] : [result.current]);
  return result.kind === "applied-before" ? KEY_OVERHEAD_BYTES : operations.of(result).resultBytes(result);
}
