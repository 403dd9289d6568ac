import type { KeyValue, Result, TxnPartResult } from "../state/command.ts";
import { KEY_OVERHEAD_BYTES } from "../state/limits.ts";
import * as limits from "./limits.ts";

/**
 * The results of the newest commands, whole, for whoever waits for them: the state machine keeps only what is small
 * enough to be kept for long. In memory and bounded; who comes later is told what was kept.
 */
export class RecentResults {
  readonly #results = new Map<string, Result>();
  #bytes = 0;

  add(requestId: string, result: Result | undefined): void {
    // The first result counts, and it may be more than what a repeat is told.
    if (result === undefined || this.#results.has(requestId)) return;
    // Of a command that came too far from its birth nothing is known: a later slot may yet have its effect.
    if (result.kind === "refused" && result.why === "expired") return;
    this.#results.set(requestId, result);
    this.#bytes += resultBytes(result);
    for (const oldest of this.#results.keys()) {
      const fits = this.#results.size <= limits.RECENT_RESULTS_MAX && this.#bytes <= limits.RECENT_RESULTS_BYTES_MAX;
      // The newest stays, whatever its size: somebody waits for it.
      if (fits || oldest === requestId) break;
      this.#remove(oldest);
    }
  }

  get(requestId: string): Result | undefined {
    return this.#results.get(requestId);
  }

  #remove(requestId: string): void {
    const result = this.#results.get(requestId);
    if (result !== undefined) this.#bytes -= resultBytes(result);
    this.#results.delete(requestId);
  }
}

/** About what a result takes in memory. */
function resultBytes(result: Result | TxnPartResult): number {
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
