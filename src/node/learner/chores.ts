import type { Host } from "../../network/host.ts";
import * as timing from "../timing.ts";
import type { Chore } from "./chore.ts";

/** All chores of a learner, on the one alarm that its host has. One that throws stops no other. */
export class Chores {
  readonly #host: Host;
  readonly #chores: readonly Chore[];
  readonly #arm: (ms: number) => void;
  /** When the alarm is set for, as far as this instance knows. */
  #armedFor = Number.POSITIVE_INFINITY;

  /** `arm` asks the host for an alarm in about so many milliseconds, instead of any set before. */
  constructor(host: Host, chores: readonly Chore[], arm: (ms: number) => void) {
    this.#host = host;
    this.#chores = chores;
    this.#arm = arm;
  }

  /** There may be something to do that was not before. */
  soon(): void {
    const next = this.#nextAt();
    if (next === undefined) return;
    const at = Math.min(next, this.#host.now() + timing.ALARM_MS_MAX);
    if (this.#armedFor <= at && !this.#isAlarmLost()) return;
    this.#armedFor = at;
    this.#arm(Math.max(timing.ALARM_MS_MIN, at - this.#host.now()));
  }

  async run(): Promise<void> {
    this.#armedFor = Number.POSITIVE_INFINITY;
    const ended = Promise.allSettled(this.#chores.map((chore) => chore.run()));
    // Set before the rest of the work, so that a crash in the middle of it is not the end of it.
    this.soon();
    for (const chore of await ended) if (chore.status === "rejected") throw chore.reason;
  }

  /** The earliest time at which there is something to do. */
  #nextAt(): number | undefined {
    const times = this.#chores.map((chore) => this.#nextOf(chore)).filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** One that can not say when is told of, and tried again like any that failed. */
  #nextOf(chore: Chore): number | undefined {
    try {
      return chore.nextAt();
    } catch (error) {
      this.#host.background(Promise.reject(error));
      return this.#host.now() + timing.ANTI_ENTROPY_MS;
    }
  }

  /** An alarm that is overdue for so long was never set, or given up on by the host. */
  #isAlarmLost(): boolean {
    return this.#host.now() > this.#armedFor + timing.ALARM_LATE_MS;
  }
}
