import type { Result } from "../../state/command.ts";
import { resultBytes } from "../../state/result-budget.ts";
import type { NodeLimits } from "../limits.ts";

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

  add(requestId: string, result: Result | undefined): void {
    // The first result counts, and it may be more than what a repeat is told.
    if (result === undefined || this.#results.has(requestId)) return;
    // Of a command that came too far from its birth nothing is known: a later slot may yet have its effect.
    if (result.kind === "refused" && result.why === "expired") return;
    // Of one that was too much to be told, what is kept may be more.
    if (result.kind === "applied-before") return;
    this.#results.set(requestId, result);
    this.#bytes += resultBytes(result);
    for (const oldest of this.#results.keys()) {
      const { recentResultsMax, recentResultsBytesMax } = this.#limits;
      const fits = this.#results.size <= recentResultsMax && this.#bytes <= recentResultsBytesMax;
      // The newest stays, whatever its size: somebody waits for it.
      if (fits || oldest === requestId) break;
      this.#remove(oldest);
    }
  }

  get(requestId: string): Result | undefined {
    return this.#results.get(requestId);
  }

  clear(): void {
    this.#results.clear();
    this.#bytes = 0;
  }

  #remove(requestId: string): void {
    const result = this.#results.get(requestId);
    if (result !== undefined) this.#bytes -= resultBytes(result);
    this.#results.delete(requestId);
  }
}
