import type { Host } from "../../network/host.ts";
import * as timing from "../timing.ts";
import type { Chore } from "./chore.ts";

/** How long after its last page a backup holds physical compaction back, and at most after its first. */
const BACKUP_IDLE_MS = 10 * 60 * 1_000;
const BACKUP_MS_MAX = 60 * 60 * 1_000;
const BACKUPS_MAX = 16;

/** The state machine as far as physical compaction goes. */
interface Compactable {
  readonly isCompacting: boolean;
  compactStep(): boolean;
}

/** Deletes, step by step, the rows that compaction put out of sight. */
export class Compactor implements Chore {
  readonly #host: Host;
  readonly #machine: Compactable;
  /** Whether the next step is on its way. */
  #isStepping = false;
  #snapshotReadAt = Number.NEGATIVE_INFINITY;
  /** When the backups that are being read were begun, by their slots. */
  readonly #backups = new Map<number, number>();
  #backupUntil = Number.NEGATIVE_INFINITY;

  constructor(host: Host, machine: Compactable) {
    this.#host = host;
    this.#machine = machine;
  }

  /** A snapshot is being read, which physical compaction would spoil. */
  snapshotRead(): void {
    this.#snapshotReadAt = this.#host.now();
  }

  /** A backup at `slot` is being read. It goes on when compaction need not wait any longer, and may be stale then. */
  backupRead(slot: number): void {
    const now = this.#host.now();
    const beganAt = this.#backups.get(slot) ?? now;
    this.#backups.set(slot, beganAt);
    for (const oldest of this.#backups.keys()) {
      if (this.#backups.size <= BACKUPS_MAX) break;
      this.#backups.delete(oldest);
    }
    this.#backupUntil = Math.max(this.#backupUntil, Math.min(now + BACKUP_IDLE_MS, beganAt + BACKUP_MS_MAX));
  }

  /** While steps follow each other, only in case that memory is lost. */
  nextAt(): number | undefined {
    if (!this.#machine.isCompacting) return undefined;
    const rests = this.#isStepping || this.#isSnapshotRead();
    return this.#host.now() + (rests ? timing.SNAPSHOT_READER_MS : 0);
  }

  /** One step; while there is more to do, the next one after a pause, in memory. */
  async run(): Promise<void> {
    if (this.#isStepping || this.#isSnapshotRead() || !this.#machine.compactStep()) return;
    this.#isStepping = true;
    this.#host.timer(timing.COMPACT_PAUSE_MS, () => {
      this.#isStepping = false;
      this.#host.background(this.run());
    });
  }

  /** A snapshot, or a backup. */
  #isSnapshotRead(): boolean {
    const now = this.#host.now();
    return now - this.#snapshotReadAt < timing.SNAPSHOT_READER_MS || now < this.#backupUntil;
  }
}
