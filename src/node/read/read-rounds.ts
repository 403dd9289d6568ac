import type { ReadPlan } from "../../core/read.ts";
import { Pace } from "../propose/pace.ts";
import type { NodeContext } from "../rpc/context.ts";

type Resolve = (plan: ReadPlan | undefined) => void;

/**
 * Quorum reads for many readers at once: each is served by a round that began after it asked, and never waits for
 * one to end before its own begins.
 */
export class ReadRounds {
  readonly #round: () => Promise<ReadPlan | undefined>;
  readonly #pace: Pace;
  #asking: Resolve[] = [];

  /** `round`: asks the acceptors; undefined when too few answer. */
  constructor({ host, limits }: Pick<NodeContext, "host" | "limits">, round: () => Promise<ReadPlan | undefined>) {
    this.#round = round;
    this.#pace = new Pace(host, limits.readRoundsMax, () => this.#begin());
  }

  next(): Promise<ReadPlan | undefined> {
    return new Promise((resolve) => {
      this.#asking.push(resolve);
      this.#pace.want();
    });
  }

  #begin(): Promise<void> | undefined {
    if (this.#asking.length === 0) return undefined;
    const readers = this.#asking;
    this.#asking = [];
    const serve = (plan: ReadPlan | undefined) => {
      for (const resolve of readers) resolve(plan);
    };
    return this.#round().then(serve, (error: unknown) => {
      serve(undefined);
      throw error;
    });
  }
}
