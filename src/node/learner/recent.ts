import type { Entry, Slot } from "../../core/log.ts";
import * as limits from "../limits.ts";
import type { Decided } from "../rpc/call.ts";

/** The newest applied entries, kept in memory to tell those who ask. Bounded by count and bytes. */
export class RecentEntries {
  readonly #entries = new Map<Slot, Entry>();
  #bytes = 0;
  /** Up to here entries were given up because there were too many bytes of them, and not for their number. */
  #overflowUpTo: Slot = 0;

  add(slot: Slot, entry: Entry): void {
    this.#entries.set(slot, entry);
    this.#bytes += entry.body.byteLength;
    for (const [oldest, { body }] of this.#entries) {
      const isTooMuch = this.#bytes > limits.RECENT_BYTES_MAX;
      if (this.#entries.size <= limits.RECENT_ENTRIES_MAX && !isTooMuch) break;
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

  /** What is held of slots `from` to `to`, in order, as much as one message carries. */
  between(from: Slot, to: Slot): Decided[] {
    const found: Decided[] = [];
    let bytes = 0;
    for (let slot = from; slot <= to && found.length < limits.MESSAGE_ENTRIES_MAX; slot++) {
      const entry = this.#entries.get(slot);
      if (entry === undefined) continue;
      bytes += entry.body.byteLength;
      if (found.length > 0 && bytes > limits.MESSAGE_BYTES_MAX) break;
      found.push({ slot, entry });
    }
    return found;
  }
}
