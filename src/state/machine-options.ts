import type { CostLimits } from "./cost.ts";
import type { StateLimits } from "./limits.ts";
import type { Operations } from "./ops/registry.ts";

/** Where a state machine stopped, because it does not know something that a newer build wrote. */
export interface Stopped {
  readonly slot: number;
  readonly why: string;
}

export interface StateMachineOptions {
  /** B of the protocol, "Exactly once". All learners of a namespace must agree; only simulations want another. */
  readonly exactlyOnceSlots?: number;
  readonly limits?: StateLimits;
  /** The highest feature level that is applied; only tests have another. */
  readonly buildLevel?: number;
  /** What commands may cost, at any level; only tests have others than those of level 1. */
  readonly costs?: CostLimits;
  /** The operations there are; only tests have others. */
  readonly operations?: Operations;
}
