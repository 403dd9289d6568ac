import type { TellTransition } from "../transition.ts";

interface Standing {
  readonly appliedUpTo: number;
  readonly level: number;
  readonly stopped: { readonly slot: number; readonly why: string } | undefined;
}

/** Tells, once each, of what the state of a learner came to. */
export class Milestones {
  readonly #machine: Standing;
  readonly #tell: TellTransition;
  #level: number;
  #stoppedAt: number | undefined;

  constructor(machine: Standing, tell: TellTransition) {
    this.#machine = machine;
    this.#tell = tell;
    this.#level = machine.level;
  }

  /** The state changed. */
  passed(): void {
    const { level, stopped, appliedUpTo: slot } = this.#machine;
    // The level at which a namespace begins is nothing that it went over to.
    if (level !== this.#level && this.#level > 0) this.#tell({ event: "level-reached", featureLevel: level, slot });
    if (stopped !== undefined && stopped.slot !== this.#stoppedAt) this.#tell({ event: "learner-stopped", ...stopped });
    this.#level = level;
    this.#stoppedAt = stopped?.slot;
  }

  installed(): void {
    this.#tell({ event: "snapshot-installed", slot: this.#machine.appliedUpTo });
    this.passed();
  }
}
