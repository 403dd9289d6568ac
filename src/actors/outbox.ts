import { backoffMs, type Host, sleep } from "../network/host.ts";
import type { Decided } from "./call.ts";
import * as limits from "./limits.ts";

/**
 * What one receiver has to be told. One message is under way at a time and what gathers meanwhile goes in the next,
 * so a slow receiver gets fewer, larger messages. A receiver that can not be reached is left to find out by itself.
 */
export class Outbox {
  readonly #host: Host;
  readonly #send: (batch: readonly Decided[]) => Promise<boolean>;
  readonly #gatherMs: number;
  readonly #queue: Decided[] = [];
  #bytes = 0;
  #wanted = false;
  #sending = false;

  /** `send`: true when the receiver has it. `gatherMs`: how long the first of a batch waits for more. */
  constructor(host: Host, send: (batch: readonly Decided[]) => Promise<boolean>, gatherMs = 0) {
    this.#host = host;
    this.#send = send;
    this.#gatherMs = gatherMs;
  }

  /** Sends `decided`; nothing decided is a message all the same, that carries the sender's newest hint. */
  add(decided: readonly Decided[]): void {
    this.#wanted = true;
    this.#queue.push(...decided);
    for (const { entry } of decided) this.#bytes += entry.body.byteLength;
    // The newest tell the receiver how far behind it is; the oldest it can fetch.
    while (this.#queue.length > limits.PENDING_ENTRIES_MAX || this.#bytes > limits.PENDING_BYTES_MAX) this.#take(1);
    if (!this.#sending) this.#host.background(this.#drain());
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#wanted) {
        if (this.#gatherMs > 0) await sleep(this.#host, this.#gatherMs);
        const batch = this.#take(this.#batchSize());
        this.#wanted = this.#queue.length > 0;
        if (await this.#deliver(batch)) continue;
        this.#take(this.#queue.length);
        this.#wanted = false;
      }
    } finally {
      this.#sending = false;
    }
  }

  async #deliver(batch: readonly Decided[]): Promise<boolean> {
    for (let attempt = 0; attempt < limits.GOSSIP_ATTEMPTS_MAX; attempt++) {
      if (attempt > 0)
        await sleep(this.#host, backoffMs(this.#host, limits.CALL_MARGIN_MS, attempt, limits.BACKOFF_MAX_MS));
      if (await this.#send(batch)) return true;
    }
    return false;
  }

  /** How many go in the next message. */
  #batchSize(): number {
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#queue) {
      bytes += entry.body.byteLength;
      if (count > 0 && (bytes > limits.MESSAGE_BYTES_MAX || count >= limits.MESSAGE_ENTRIES_MAX)) break;
      count++;
    }
    return count;
  }

  #take(count: number): Decided[] {
    const taken = this.#queue.splice(0, count);
    for (const { entry } of taken) this.#bytes -= entry.body.byteLength;
    return taken;
  }
}
