import { invariant } from "./invariant.ts";
import type { Entry, Slot } from "./log.ts";

/**
 * Chosen entries on their way into the state machine: any order in, slot order out. Kept in memory only; what is
 * lost is fetched again from the acceptors' logs.
 */
export class ChosenBuffer {
  readonly #entries = new Map<Slot, Entry>();
  readonly #limit: number;
  readonly #bytesMax: number;
  #bytes = 0;

  /** `limit`: how many entries, and `bytesMax`: how many bytes of them, may wait for a gap below them. */
  constructor(limit: number, bytesMax = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#bytesMax = bytesMax;
  }

  /**
   * Keeps `entry` for `slot`; false when there is no room and it was dropped. A full buffer gives up its highest slot
   * for a lower one: what fills the gap is never turned away, or nothing would move again.
   */
  add(slot: Slot, entry: Entry): boolean {
    const held = this.#entries.get(slot);
    if (held !== undefined) {
      invariant(held.id === entry.id, "1: no two entries are chosen in one slot");
      return true;
    }
    while (this.#isFullFor(entry)) if (!this.#makeRoom(slot)) return false;
    this.#entries.set(slot, entry);
    this.#bytes += entry.body.byteLength;
    return true;
  }

  /** One entry may wait whatever its size. */
  #isFullFor({ body }: Entry): boolean {
    const { size } = this.#entries;
    return size >= this.#limit || (size > 0 && this.#bytes + body.byteLength > this.#bytesMax);
  }

  #makeRoom(slot: Slot): boolean {
    const { highest } = this;
    if (slot > highest) return false;
    this.#remove(highest);
    return true;
  }

  #remove(slot: Slot): void {
    this.#bytes -= this.#entries.get(slot)?.body.byteLength ?? 0;
    this.#entries.delete(slot);
  }

  get(slot: Slot): Entry | undefined {
    return this.#entries.get(slot);
  }

  /** Removes and returns the entry that follows `appliedUpTo`, if it is here. */
  take(appliedUpTo: Slot): Entry | undefined {
    const next = this.#entries.get(appliedUpTo + 1);
    this.#remove(appliedUpTo + 1);
    return next;
  }

  /** Forgets what a snapshot overtook. */
  dropUpTo(slot: Slot): void {
    for (const held of this.#entries.keys()) if (held <= slot) this.#remove(held);
  }

  /** The highest slot waiting, 0 when none does. */
  get highest(): Slot {
    let highest = 0;
    for (const slot of this.#entries.keys()) highest = Math.max(highest, slot);
    return highest;
  }
}
