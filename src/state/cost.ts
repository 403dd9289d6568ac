import { COMMAND_COST_MAX, ENTRY_COST_MAX } from "./limits.ts";

/*
 * What commands cost: units of the state, the same on every learner. A unit is a key that a command passes, a change
 * that it makes, or a KiB of values that it reads. A key counts that lives, or whose newest version is at or above the
 * compacted revision: rows that physical compaction has yet to delete count nothing, nor do caches or time.
 */

export interface CostLimits {
  readonly commandMax: number;
  readonly entryMax: number;
}

export const COST_LIMITS: CostLimits = { commandMax: COMMAND_COST_MAX, entryMax: ENTRY_COST_MAX };

/** A command would cost more than it may. Thrown before it changed anything. */
export class TooExpensive extends Error {
  override readonly name = "TooExpensive";
  /** Units counted, up to the first beyond the limit. */
  readonly counted: number;
  readonly limit: number;

  constructor(counted: number, limit: number) {
    super(`counted ${counted} of at most ${limit}`);
    this.counted = counted;
    this.limit = limit;
  }
}

/** What an entry's commands may still cost, together and over all tries to apply it. */
export class EntryCost {
  readonly limits: CostLimits;
  #spent = 0;

  constructor(limits: CostLimits = COST_LIMITS) {
    this.limits = limits;
  }

  get left(): number {
    return Math.max(0, this.limits.entryMax - this.#spent);
  }

  spend(units: number): void {
    this.#spent += units;
  }
}

/** What one command of an entry costs. */
export class CommandCost {
  readonly limit: number;
  readonly #entry: EntryCost;
  #counted = 0;

  constructor(entry: EntryCost) {
    this.#entry = entry;
    this.limit = Math.min(entry.limits.commandMax, entry.left);
  }

  get left(): number {
    return Math.max(0, this.limit - this.#counted);
  }

  /** What a command may cost at most, whatever its entry has left. */
  get commandMax(): number {
    return this.#entry.limits.commandMax;
  }

  /** Counts, and refuses the command that goes over its limit. */
  charge(units: number): void {
    this.spend(units);
    if (this.#counted > this.limit) throw new TooExpensive(this.#counted, this.limit);
  }

  /** Counts against the commands that follow. */
  spend(units: number): void {
    this.#counted += units;
    this.#entry.spend(units);
  }
}
