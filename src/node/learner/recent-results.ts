import type { Result } from "../../state/command.ts";
import { resultBytes } from "../../state/result-budget.ts";
import type { NodeLimits } from "../limits.ts";
import type { RequestRef } from "../rpc/call.ts";

/** Refusals of which nothing is kept: a later slot may yet have the request's effect, or another request has the id. */
const UNKEPT: readonly string[] = ["expired", "reused", "upgrading"];

/**
 * The results of the newest commands, whole, for those who wait for them: the state machine keeps only what is small
 * enough to be kept for long. In memory and bounded; who asks later is told what was kept.
 */
export class RecentResults {
  readonly #limits: NodeLimits;
  readonly #results = new Map<string, Result>();
  #bytes = 0;

  constructor(limits: NodeLimits) {
    this.#limits = limits;
  }

  add(request: RequestRef, result: Result | undefined): void {
    const name = nameOf(request);
    // The first result counts, and it may be more than what a repeat is told.
    if (result === undefined || this.#results.has(name)) return;
    if (result.kind === "refused" && UNKEPT.includes(result.why)) return;
    // Of one that was too much to be told, what is kept may be more.
    if (result.kind === "applied-before") return;
    this.#results.set(name, result);
    this.#bytes += resultBytes(result);
    for (const oldest of this.#results.keys()) {
      const { recentResultsMax, recentResultsBytesMax } = this.#limits;
      const fits = this.#results.size <= recentResultsMax && this.#bytes <= recentResultsBytesMax;
      // The newest stays, whatever its size: somebody waits for it.
      if (fits || oldest === name) break;
      this.#remove(oldest);
    }
  }

  get(request: RequestRef): Result | undefined {
    return this.#results.get(nameOf(request));
  }

  clear(): void {
    this.#results.clear();
    this.#bytes = 0;
  }

  #remove(name: string): void {
    const result = this.#results.get(name);
    if (result !== undefined) this.#bytes -= resultBytes(result);
    this.#results.delete(name);
  }
}

function nameOf({ id, print = "" }: RequestRef): string {
  return JSON.stringify([id, print]);
}
