import type { Slot } from "../../core/log.ts";
import type { Result } from "../../state/command.ts";
import { KEPT_RESULT_BYTES_MAX } from "../../state/limits.ts";
import { resultBytes, withoutBodies } from "../../state/result-budget.ts";
import type { NodeLimits } from "../limits.ts";
import type { RequestRef } from "../rpc/request-ref.ts";

/**
 * Refusals of which nothing is kept: a later slot may yet have the request's effect, or another request has the id. They
 * are told by slot, never by id, lest a retry be handed an old one.
 */
const UNKEPT: readonly string[] = ["expired", "reused", "upgrading", "policy-changed", "restoring"];

/**
 * The results of the newest commands, for those who wait for them: the state machine keeps only what is small enough to
 * be kept for long. Whole, as long as there is memory for them; then without keys and values, so that of a transaction
 * its verdict is told in any case. Who asks later is told what was kept.
 */
export class RecentResults {
  readonly #limits: NodeLimits;
  readonly #results = new Map<string, Result>();
  #bytes = 0;

  constructor(limits: NodeLimits) {
    this.#limits = limits;
  }

  /** The result of a command in `slot`. */
  add(request: RequestRef, slot: Slot, result: Result | undefined): void {
    if (result === undefined) return;
    const isUnkept = result.kind === "refused" && UNKEPT.includes(result.why);
    const name = isUnkept ? nameOf(request, slot) : nameOf(request);
    // The first result counts, and it may be more than what a repeat is told.
    if (this.#results.has(name)) return;
    // Of one that was too much to be told, what is kept may be more.
    if (result.kind === "applied-before") return;
    this.#set(name, result);
    if (!this.#fits) this.#shrink();
    for (const oldest of this.#results.keys()) {
      // The newest stays: somebody waits for it.
      if (this.#fits || oldest === name) break;
      this.#remove(oldest);
    }
  }

  /** What the request came to first, or what it came to in `slot` if nothing is kept of that. */
  get(request: RequestRef, slot: Slot): Result | undefined {
    return this.#results.get(nameOf(request, slot)) ?? this.#results.get(nameOf(request));
  }

  clear(): void {
    this.#results.clear();
    this.#bytes = 0;
  }

  get #fits(): boolean {
    const { recentResultsMax, recentResultsBytesMax } = this.#limits;
    return this.#results.size <= recentResultsMax && this.#bytes <= recentResultsBytesMax;
  }

  /** Takes keys and values from the oldest results of which the state machine keeps less than that. */
  #shrink(): void {
    for (const [name, result] of this.#results) {
      if (this.#fits) return;
      if (resultBytes(result) > KEPT_RESULT_BYTES_MAX) this.#set(name, withoutBodies(result));
    }
  }

  /** Keeps the place in the order that the name has. */
  #set(name: string, result: Result): void {
    this.#bytes += resultBytes(result) - this.#bytesOf(name);
    this.#results.set(name, result);
  }

  #bytesOf(name: string): number {
    const result = this.#results.get(name);
    return result === undefined ? 0 : resultBytes(result);
  }

  #remove(name: string): void {
    this.#bytes -= this.#bytesOf(name);
    this.#results.delete(name);
  }
}

function nameOf({ id, print = "" }: RequestRef, slot = 0): string {
  return JSON.stringify([id, print, slot]);
}
