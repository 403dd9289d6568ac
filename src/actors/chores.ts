import type { Learner } from "./learner.ts";
import { LeaseTimers } from "./lease-timers.ts";
import * as limits from "./limits.ts";

/**
 * What a learner does without being asked, all on its one alarm: looks for what it missed while anybody listens, ends
 * leases that ran out, deletes what compaction put out of sight.
 */
export class Chores {
  readonly #learner: Learner;
  readonly #arm: (ms: number) => void;
  #leases: LeaseTimers | undefined;
  /** When the alarm is set for, as far as this instance knows. */
  #armedFor: number | undefined;
  #snapshotReadAt = Number.NEGATIVE_INFINITY;

  /** `arm` asks the host for an alarm in about so many milliseconds, instead of any set before. */
  constructor(learner: Learner, arm: (ms: number) => void) {
    this.#learner = learner;
    this.#arm = arm;
  }

  /** There may be something to do that was not before. */
  soon(): void {
    const at = this.#nextAt();
    if (at === undefined || (this.#armedFor !== undefined && this.#armedFor <= at)) return;
    this.#armedFor = at;
    this.#arm(Math.max(0, at - this.#learner.host.now()));
  }

  /** A snapshot is being read, which physical compaction would spoil. */
  snapshotRead(): void {
    this.#snapshotReadAt = this.#learner.host.now();
  }

  async run(): Promise<void> {
    const { host, machine, isHeard } = this.#learner;
    this.#armedFor = undefined;
    const compacting = !this.#isSnapshotRead() && machine.compactStep();
    // Set before the work, so that a crash in the middle of it is not the end of it.
    this.soon();
    await this.#timers().expire();
    if (isHeard) await this.#learner.catchUpWithQuorum();
    if (compacting) host.timer(limits.COMPACT_PAUSE_MS, () => host.background(this.run()));
  }

  /** The earliest time at which there is something to do. */
  #nextAt(): number | undefined {
    const { host, isHeard, machine } = this.#learner;
    const now = host.now();
    const times: number[] = [];
    if (isHeard) times.push(now + limits.ANTI_ENTROPY_MS);
    const due = this.#timers().nextDueMs();
    // One that is due already was just tried, or is another learner's turn.
    if (due !== undefined) times.push(Math.max(due, now + limits.EXPIRY_RANK_MS));
    if (machine.isCompacting) times.push(now + (this.#isSnapshotRead() ? limits.SNAPSHOT_READER_MS : 0));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #isSnapshotRead(): boolean {
    return this.#learner.host.now() - this.#snapshotReadAt < limits.SNAPSHOT_READER_MS;
  }

  #timers(): LeaseTimers {
    this.#leases ??= new LeaseTimers(this.#learner);
    return this.#leases;
  }
}
