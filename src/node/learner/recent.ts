import type { Entry, Slot } from "../../core/log.ts";
import type { NodeLimits } from "../limits.ts";
import type { Decided } from "../rpc/call.ts";

/** The newest applied entries, kept in memory to tell those who ask. Bounded by count and bytes. */
export class RecentEntries {
  readonly #limits: NodeLimits;
  readonly #entries = new Map<Slot, Entry>();
  #bytes = 0;
  /** Up to here entries were given up because there were too many bytes of them, and not for their number. */
  #overflowUpTo: Slot = 0;

  constructor(limits: NodeLimits) {
    this.#limits = limits;
  }

  add(slot: Slot, entry: Entry): void {
    this.#entries.set(slot, entry);
    this.#bytes += entry.body.byteLength;
    for (const [oldest, { body }] of this.#entries) {
      const isTooMuch = this.#bytes > this.#limits.recentBytesMax;
      if (this.#entries.size <= this.#limits.recentEntriesMax && !isTooMuch) break;
      this.#entries.delete(oldest);
      this.#bytes -= body.byteLength;
      if (isTooMuch) this.#overflowUpTo = oldest;
    }
  }

  get overflowUpTo(): Slot {
    return this.#overflowUpTo;
  }

  get(slot: Slot): Entry | undefined {
    return this.#entries.get(slot);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
    this.#overflowUpTo = 0;
  }

  /** What is held of slots `from` to `to`, in order, as much as one message carries. */
  between(from: Slot, to: Slot): Decided[] {
    const found: Decided[] = [];
    let bytes = 0;
    for (let slot = from; slot <= to && found.length < this.#limits.messageEntriesMax; slot++) {
      const entry = this.#entries.get(slot);
      if (entry === undefined) continue;
      bytes += entry.body.byteLength;
      if (found.length > 0 && bytes > this.#limits.messageBytesMax) break;
      found.push({ slot, entry });
    }
    return found;
  }
}
