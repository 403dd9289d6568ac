import type { Slot } from "../../core/log.ts";

/** Quorum reads whose slots were not applied yet, and are remembered. */
const READS_MAX = 16;

/**
 * How old a learner's state may be. Only a quorum read shows that nothing was missed, and only as of its start; chosen
 * entries that happen to arrive show nothing of the others.
 */
export class Freshness {
  /** Reads whose slot is not applied yet, oldest first. */
  readonly #reads: { readonly slot: Slot; readonly startedAt: number }[] = [];
  #freshAt: number | undefined;

  /** A quorum read that began at `startedAt` found that every slot up to `slot` may be chosen. */
  read(slot: Slot, startedAt: number, appliedUpTo: Slot): void {
    if (this.#reads.length < READS_MAX) this.#reads.push({ slot, startedAt });
    this.applied(appliedUpTo);
  }

  applied(appliedUpTo: Slot): void {
    for (let read = this.#reads[0]; read !== undefined && read.slot <= appliedUpTo; read = this.#reads[0]) {
      this.#freshAt = Math.max(this.#freshAt ?? 0, read.startedAt);
      this.#reads.shift();
    }
  }

  /** Since the start of the last quorum read that showed nothing missing; undefined when there was none. */
  lagMs(now: number): number | undefined {
    return this.#freshAt === undefined ? undefined : now - this.#freshAt;
  }
}
