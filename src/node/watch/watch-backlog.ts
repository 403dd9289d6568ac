import type { Host } from "../../network/host.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { WatchLimits } from "./watch-limits.ts";
import type { WatchSession } from "./watch-session.ts";

/** Sockets that get a page each before other work has its turn, … */
const SOCKETS_PER_TURN = 32;
/** … and bytes sent to them, after which the others wait for the next turn. */
const BYTES_PER_TURN = 4 * 1024 * 1024;
/** How often a watcher that has to acknowledge something is looked at. */
const STALL_POLL_MS = 500;

/**
 * The sockets that are behind, in line for their next page. Nothing is queued for them: what they were not sent stays
 * in the history. One that has to acknowledge something first, and does not for too long, is dropped; so are those that
 * hold most without acknowledging it, while others wait because nothing is left of the budget.
 */
export class WatchBacklog {
  readonly #host: Host;
  readonly #limits: WatchLimits;
  readonly #budget: MemoryBudget;
  readonly #sessions: () => readonly WatchSession[];
  readonly #serve: (session: WatchSession) => void;
  readonly #drop: (session: WatchSession) => void;
  readonly #line = new Set<WatchSession>();
  #cancel: (() => void) | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(
    host: Host,
    limits: WatchLimits,
    budget: MemoryBudget,
    consumers: {
      /** All sockets, whether behind or not. */
      readonly sessions: () => readonly WatchSession[];
      /** Sends a page, and adds the socket again if it has more to get. */
      readonly serve: (session: WatchSession) => void;
      readonly drop: (session: WatchSession) => void;
    },
  ) {
    this.#host = host;
    this.#limits = limits;
    this.#budget = budget;
    this.#sessions = consumers.sessions;
    this.#serve = consumers.serve;
    this.#drop = consumers.drop;
  }

  add(session: WatchSession): void {
    this.#line.add(session);
    this.#in(session.isReady() ? 0 : STALL_POLL_MS);
  }

  /** A socket acknowledged something, or is gone: perhaps somebody may get more. */
  changed(): void {
    if (this.#line.size > 0) this.#in(0);
  }

  remove(session: WatchSession): void {
    this.#line.delete(session);
  }

  #in(ms: number): void {
    const at = this.#host.now() + ms;
    if (at >= this.#at) return;
    this.#cancel?.();
    this.#at = at;
    this.#cancel = this.#host.timer(ms, () => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#turn();
    });
  }

  #turn(): void {
    const waiting = this.#inOrder();
    const isServed = this.#serveSome(waiting);
    const now = this.#host.now();
    for (const session of waiting) {
      const { stalledAt } = session;
      if (stalledAt !== undefined && now - stalledAt >= this.#limits.stallMs) this.#drop(session);
    }
    // Who was not served, although nothing is owed for it, waits for the budget.
    if (waiting.some((session) => this.#line.has(session) && session.stalledAt === undefined)) this.#relieve(now);
    if (this.#line.size > 0) this.#in(isServed ? 0 : STALL_POLL_MS);
  }

  /** A page for each that may get one. @returns whether there was any. */
  #serveSome(waiting: readonly WatchSession[]): boolean {
    const heldMax = this.#budget.held + BYTES_PER_TURN;
    let served = 0;
    for (const session of waiting) {
      if (served === SOCKETS_PER_TURN || this.#budget.held >= heldMax) return true;
      if (session.socket.isClosed === true) this.#line.delete(session);
      else if (session.isReady()) {
        this.#line.delete(session);
        this.#serve(session);
        served++;
      }
    }
    return served > 0;
  }

  /** First come, first served; where little is left of the budget, those first that acknowledged something last. */
  #inOrder(): readonly WatchSession[] {
    const line = [...this.#line];
    if (this.#budget.free > this.#budget.bytesMax / 4) return line;
    return line.toSorted((left, right) => right.window.acknowledgedAt - left.window.acknowledgedAt);
  }

  /** Takes back what the largest hold that were asked for an acknowledgement a while ago, until half of it is free. */
  #relieve(now: number): void {
    if (this.#budget.free > 0) return;
    const { pressedMs } = this.#limits;
    const holders = this.#sessions()
      .filter(({ window: { askedAt } }) => askedAt !== undefined && now - askedAt >= pressedMs)
      .toSorted((left, right) => right.window.bytes - left.window.bytes);
    for (const holder of holders) {
      if (this.#budget.free >= this.#budget.bytesMax / 2) return;
      this.#drop(holder);
    }
  }
}
