import type { Host } from "../../network/host.ts";
import * as timing from "../timing.ts";
import type { Chore } from "./chore.ts";

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

  constructor(host: Host, machine: Compactable) {
    this.#host = host;
    this.#machine = machine;
  }

  /** A snapshot is being read, which physical compaction would spoil. */
  snapshotRead(): void {
    this.#snapshotReadAt = this.#host.now();
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

  #isSnapshotRead(): boolean {
    return this.#host.now() - this.#snapshotReadAt < timing.SNAPSHOT_READER_MS;
  }
}
