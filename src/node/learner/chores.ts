import type { Sql } from "../../state/sql.ts";
import { Memory, RequestCoordinator } from "../coordinate/request-coordinator.ts";
import * as limits from "../limits.ts";
import type { Learner } from "./learner.ts";
import { LeaseTimers } from "./lease-timers.ts";
import { Retainer, type Retention } from "./retention.ts";

/**
 * What a learner does without being asked, all on its one alarm: looks for what it missed while anybody listens, ends
 * leases that ran out, compacts what need not be kept, and deletes what compaction put out of sight.
 */
export class Chores {
  readonly #learner: Learner;
  readonly #arm: (ms: number) => void;
  readonly #leases: LeaseTimers;
  readonly #retainer: Retainer;
  readonly #coordinator: RequestCoordinator;
  /** When the alarm is set for, as far as this instance knows. */
  #armedFor = Number.POSITIVE_INFINITY;
  /** Whether the next step of physical compaction is on its way. */
  #isStepping = false;
  #snapshotReadAt = Number.NEGATIVE_INFINITY;

  /** `arm` asks the host for an alarm in about so many milliseconds, instead of any set before. */
  constructor(learner: Learner, sql: Sql, retention: Retention, arm: (ms: number) => void) {
    this.#learner = learner;
    this.#arm = arm;
    this.#leases = new LeaseTimers(learner);
    this.#retainer = new Retainer(learner, sql, retention);
    const { host, parts, configuration } = learner;
    this.#coordinator = new RequestCoordinator(host, parts, configuration, new Memory(host, parts.region));
  }

  /** To be called after each batch of entries; `isNew`: it granted a lease or compacted. */
  applied(isNew: boolean): void {
    if (isNew || this.#retainer.nextAt() !== undefined) this.soon();
  }

  /** There may be something to do that was not before. */
  soon(): void {
    const at = this.#nextAt();
    if (at === undefined || (this.#armedFor <= at && !this.#isAlarmLost())) return;
    this.#armedFor = at;
    this.#arm(Math.max(limits.ALARM_MS_MIN, at - this.#learner.host.now()));
  }

  /** A snapshot is being read, which physical compaction would spoil. */
  snapshotRead(): void {
    this.#snapshotReadAt = this.#learner.host.now();
  }

  async run(): Promise<void> {
    this.#armedFor = Number.POSITIVE_INFINITY;
    await this.#compact();
    // Set before the work, so that a crash in the middle of it is not the end of it.
    this.soon();
    await this.#leases.expire(this.#coordinator);
    await this.#retainer.run(this.#coordinator);
    if (this.#learner.isHeard) await this.#learner.catchUpWithQuorum();
  }

  /** One step of physical compaction; while there is more to do, the next one after a pause, in memory. */
  async #compact(): Promise<void> {
    const { host, machine } = this.#learner;
    if (this.#isStepping || this.#isSnapshotRead() || !machine.compactStep()) return;
    this.#isStepping = true;
    host.timer(limits.COMPACT_PAUSE_MS, () => {
      this.#isStepping = false;
      host.background(this.#compact());
    });
  }

  /** The earliest time at which there is something to do. */
  #nextAt(): number | undefined {
    const { host, isHeard, machine } = this.#learner;
    const now = host.now();
    const times: number[] = [];
    if (isHeard) times.push(now + limits.ANTI_ENTROPY_MS);
    // A lease that is due already was just tried, or is another learner's turn.
    const due = this.#leases.nextDueMs();
    if (due !== undefined) times.push(Math.max(due, now + limits.EXPIRY_RANK_MS));
    const look = this.#retainer.nextAt();
    if (look !== undefined) times.push(look);
    // While steps follow each other, only in case that memory is lost.
    const rests = this.#isStepping || this.#isSnapshotRead();
    if (machine.isCompacting) times.push(now + (rests ? limits.SNAPSHOT_READER_MS : 0));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** An alarm that is overdue for so long was never set, or given up on by the host. */
  #isAlarmLost(): boolean {
    return this.#learner.host.now() > this.#armedFor + limits.ALARM_LATE_MS;
  }

  #isSnapshotRead(): boolean {
    return this.#learner.host.now() - this.#snapshotReadAt < limits.SNAPSHOT_READER_MS;
  }
}
