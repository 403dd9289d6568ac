import type { KeyValue } from "../api/key-value.ts";
import type { Result, TxnPartResult } from "./command.ts";
import { ANSWER_BYTES_MAX, KEPT_RESULT_BYTES_MAX, KEY_OVERHEAD_BYTES } from "./limits.ts";
import { abridged } from "./request.ts";

/**
 * Memory for the results that are on their way to their callers. Results are whole until the budget is used up; one
 * command may use all of it. A Durable Object with more of them in memory would be ended, and again at the same entry.
 * What a result says of its effect does not depend on the budget.
 */
export class ResultBudget {
  #bytes: number;

  constructor(before?: ResultBudget) {
    this.#bytes = before === undefined ? 0 : before.#bytes;
  }

  /** `result`, whole or without what does not fit. Small results are not counted. */
  fit(result: Result): Result {
    const bytes = resultBytes(result);
    if (bytes <= KEPT_RESULT_BYTES_MAX) return result;
    if (this.#bytes > 0 && this.#bytes + bytes > ANSWER_BYTES_MAX) return abridged(result);
    this.#bytes += bytes;
    return result;
  }
}

/** About what a result takes in memory. */
export function resultBytes(result: Result | TxnPartResult): number {
  switch (result.kind) {
    case "put":
      return KEY_OVERHEAD_BYTES + kvsBytes(result.prev === undefined ? [] : [result.prev]);
    case "delete":
      return KEY_OVERHEAD_BYTES + kvsBytes(result.prev ?? []);
    case "range":
      return KEY_OVERHEAD_BYTES + kvsBytes(result.kvs);
    case "txn":
      return result.parts.reduce((sum, part) => sum + resultBytes(part), KEY_OVERHEAD_BYTES);
    case "propose":
      return KEY_OVERHEAD_BYTES + result.value.byteLength;
    case "refused":
      return KEY_OVERHEAD_BYTES + kvsBytes(result.current === undefined ? [] : [result.current]);
    case "applied-before":
    case "compact":
    case "lease-expire":
    case "lease-grant":
    case "lease-keep-alive":
    case "lease-revoke":
      return KEY_OVERHEAD_BYTES;
  }
}

function kvsBytes(kvs: readonly KeyValue[]): number {
  return kvs.reduce((sum, { key, value }) => sum + KEY_OVERHEAD_BYTES + key.byteLength + value.byteLength, 0);
}
