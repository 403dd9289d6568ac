import type { Slot } from "../../core/log.ts";

/** Every learner keeps the digest of its state at the multiples of this, so that learners have slots in common. */
export const CHECKPOINT_SLOTS = 64;
const CHECKPOINTS_KEPT = 64;
const RECENT_KEPT = 64;

/** The digest of a state, by the slot that was applied last. */
export type Digests = ReadonlyMap<Slot, string>;

/** The digests of this learner's latest states, in memory: at its last slots, and at checkpoints before them. */
export class DigestBook {
  readonly #recent = new Map<Slot, string>();
  readonly #checkpoints = new Map<Slot, string>();

  add(slot: Slot, digest: string): void {
    keep(this.#recent, RECENT_KEPT, slot, digest);
    if (slot % CHECKPOINT_SLOTS === 0) keep(this.#checkpoints, CHECKPOINTS_KEPT, slot, digest);
  }

  at(slot: Slot): string | undefined {
    return this.#recent.get(slot) ?? this.#checkpoints.get(slot);
  }

  /** All of them. */
  get all(): Digests {
    return new Map([...this.#checkpoints, ...this.#recent]);
  }

  clear(): void {
    this.#recent.clear();
    this.#checkpoints.clear();
  }
}

function keep(digests: Map<Slot, string>, count: number, slot: Slot, digest: string): void {
  digests.set(slot, digest);
  for (const oldest of digests.keys()) {
    if (digests.size <= count) return;
    digests.delete(oldest);
  }
}
