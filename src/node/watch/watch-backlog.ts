import { WATCH_STALL_MS_MAX } from "../../api/limits.ts";
import type { Host } from "../../network/host.ts";
import type { WatchSession } from "./watch-session.ts";

/** Sockets that get a page each before other work has its turn. */
const SOCKETS_PER_TURN = 32;
/** How often a watcher that has to confirm something is looked at. */
const STALL_POLL_MS = 500;

/**
 * The sockets that are behind, in line for their next page. Nothing is queued for them: what they were not sent stays
 * in the history. One that has to confirm something first, and does not for too long, is given up.
 */
export class WatchBacklog {
  readonly #host: Host;
  readonly #serve: (sessions: readonly WatchSession[]) => void;
  readonly #drop: (session: WatchSession) => void;
  readonly #line = new Set<WatchSession>();
  #cancel: (() => void) | undefined;
  #at = Number.POSITIVE_INFINITY;

  /** `serve` sends a page to each and adds those again that have more to get. */
  constructor(host: Host, serve: (sessions: readonly WatchSession[]) => void, drop: (session: WatchSession) => void) {
    this.#host = host;
    this.#serve = serve;
    this.#drop = drop;
  }

  add(session: WatchSession): void {
    this.#line.add(session);
    this.#in(session.stalledAt === undefined ? 0 : STALL_POLL_MS);
  }

  /** A watcher confirmed something: perhaps it may get more. */
  confirmed(session: WatchSession): void {
    if (this.#line.has(session) && session.mayGet(this.#host.now())) this.#in(0);
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
    const now = this.#host.now();
    const due: WatchSession[] = [];
    for (const session of this.#line) {
      if (due.length === SOCKETS_PER_TURN) break;
      if (session.socket.isClosed === true) this.#line.delete(session);
      else if (session.mayGet(now)) due.push(session);
      else if (now - (session.stalledAt ?? now) >= WATCH_STALL_MS_MAX) {
        this.#line.delete(session);
        this.#drop(session);
      }
    }
    for (const session of due) this.#line.delete(session);
    this.#serve(due);
    if (this.#line.size > 0) this.#in(due.length > 0 ? 0 : STALL_POLL_MS);
  }
}
