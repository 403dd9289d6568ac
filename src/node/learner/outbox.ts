import { backoffMs, type Host, sleep } from "../../network/host.ts";
import type { NodeLimits } from "../limits.ts";
import type { Decided } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import * as timing from "../timing.ts";

/** What waits for more: always for so long or until there are so many, or since the last message was sent. */
interface Pause {
  readonly gatherMs?: number;
  readonly gatherEntries?: number;
  readonly gapMs?: number;
}

/**
 * What one receiver has to be told. One message is under way at a time and what gathers meanwhile goes in the next,
 * so a slow receiver gets fewer, larger messages. A receiver that can not be reached is left to find out by itself.
 */
export class Outbox {
  readonly #host: Host;
  readonly #limits: NodeLimits;
  readonly #send: (batch: readonly Decided[]) => Promise<boolean>;
  readonly #pause: Pause;
  readonly #queue: Decided[] = [];
  #bytes = 0;
  #wanted = false;
  #sending = false;
  #sentAt = Number.NEGATIVE_INFINITY;
  /** Ends the wait for more, if there is one. */
  #enough: () => void = () => {};

  /** `send`: true when the receiver has it. */
  constructor(
    { host, limits }: Pick<NodeContext, "host" | "limits">,
    send: (batch: readonly Decided[]) => Promise<boolean>,
    pause: Pause = {},
  ) {
    this.#host = host;
    this.#limits = limits;
    this.#send = send;
    this.#pause = pause;
  }

  /** Sends `decided`; nothing decided is a message all the same, that carries the sender's newest hint. */
  add(decided: readonly Decided[]): void {
    this.#wanted = true;
    this.#queue.push(...decided);
    for (const { entry } of decided) this.#bytes += entry.body.byteLength;
    // The newest tell the receiver how far behind it is; the oldest it can fetch.
    const { pendingEntriesMax, pendingBytesMax } = this.#limits;
    while (this.#queue.length > pendingEntriesMax || this.#bytes > pendingBytesMax) this.#take(1);
    if (!this.#sending) this.#host.background(this.#drain());
    else if (this.#isEnough) this.#enough();
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#wanted) {
        const gathered = this.#gathered();
        if (gathered !== undefined) await gathered;
        this.#sentAt = this.#host.now();
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

  #gathered(): Promise<void> | undefined {
    const { gatherMs = 0, gapMs = 0 } = this.#pause;
    const waitMs = Math.max(gatherMs, this.#sentAt + gapMs - this.#host.now());
    if (waitMs <= 0 || this.#isEnough) return undefined;
    return new Promise((resolve) => {
      const cancel = this.#host.timer(waitMs, resolve);
      this.#enough = () => {
        cancel();
        resolve();
      };
    });
  }

  get #isEnough(): boolean {
    return this.#queue.length >= (this.#pause.gatherEntries ?? Number.POSITIVE_INFINITY);
  }

  async #deliver(batch: readonly Decided[]): Promise<boolean> {
    for (let attempt = 0; attempt < timing.GOSSIP_ATTEMPTS_MAX; attempt++) {
      if (attempt > 0)
        await sleep(this.#host, backoffMs(this.#host, timing.CALL_MARGIN_MS, attempt, timing.BACKOFF_MAX_MS));
      if (await this.#send(batch)) return true;
    }
    return false;
  }

  /** How many go in the next message. */
  #batchSize(): number {
    const { messageBytesMax, messageEntriesMax } = this.#limits;
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#queue) {
      bytes += entry.body.byteLength;
      if (count > 0 && (bytes > messageBytesMax || count >= messageEntriesMax)) break;
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
