import type { Op } from "../../state/command.ts";
import { opWeight } from "../../state/entry.ts";
import { LEVEL_COSTS } from "../../state/level.ts";
import { COMMAND_COST_MAX, SCAN_WEIGHT } from "../../state/limits.ts";

/** What one learner lets into the log of commands that look through many keys, in units of their cost. */
const UNITS_PER_SECOND = 20_000;
const UNITS_AT_ONCE = COMMAND_COST_MAX;
/** To count what a command would cost is itself a part of that work. */
const COUNTING = 0.25;

export interface ScanPacePorts {
  /** Milliseconds. */
  now(): number;
  readonly machine: {
    readonly level: number;
    readonly isCompacting: boolean;
    scansCost(op: Op, max: number): number;
  };
}

/**
 * Holds commands back that look through many keys: what is chosen every learner has to apply, and each of these costs
 * it up to a second. Counted in the state as it is here and now, which is not the state that the command will meet: so
 * nothing is refused for good, but what the namespace's level lets no learner refuse.
 */
export class ScanPace {
  readonly #ports: ScanPacePorts;
  #left = UNITS_AT_ONCE;
  #at = 0;

  constructor(ports: ScanPacePorts) {
    this.#ports = ports;
  }

  /** `later`: too many were let in lately. `never`: applied, it might outlast what a learner may take. */
  judge(op: Op): "now" | "later" | "never" {
    if (opWeight(op) < SCAN_WEIGHT) return "now";
    this.#refill();
    const { machine } = this.#ports;
    if (this.#left <= 0 && machine.scansCost(op, 0) > 0) return "later";
    const counted = machine.scansCost(op, COMMAND_COST_MAX);
    const cost = Math.min(counted, COMMAND_COST_MAX);
    const isNever = machine.level < LEVEL_COSTS && counted > COMMAND_COST_MAX;
    // Rows that are only yet to be deleted cost a command nothing, and a learner that passes them its time.
    const isBacklog = machine.isCompacting && counted > COMMAND_COST_MAX;
    const isNow = !isNever && !isBacklog && cost <= this.#left;
    this.#left -= isNow ? cost : COUNTING * cost;
    if (isNever) return "never";
    return isNow ? "now" : "later";
  }

  #refill(): void {
    const now = this.#ports.now();
    this.#left = Math.min(UNITS_AT_ONCE, this.#left + ((now - this.#at) / 1_000) * UNITS_PER_SECOND);
    this.#at = now;
  }
}
