import type { Revision, WatchEvent } from "../../api/key-value.ts";
import { watchControlParse } from "../../api/watch-control.ts";
import {
  WATCH_PING,
  WATCH_PONG,
  type WatchCancelCode,
  watchFrameCancelled,
  watchFrameCreated,
} from "../../api/watch-frame.ts";
import { WATCH_NONE, type WatchQuery } from "../../api/watch-query.ts";
import type { Host } from "../../network/host.ts";
import { type Caller, ROOT } from "../../policy/caller.ts";
import type { Audience } from "../learner/audience.ts";
import { AppliedEvents } from "./applied-events.ts";
import { frameOf } from "./frame.ts";
import { FrameCache } from "./frame-cache.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { TelemetryFeed } from "./telemetry-feed.ts";
import { WatchBacklog } from "./watch-backlog.ts";
import { CLOSE_COMPACTED, CLOSE_FORBIDDEN, CLOSE_INVALID, CLOSE_RESTART, CLOSE_TOO_SLOW } from "./watch-close.ts";
import { WATCH_LIMITS, type WatchLimits } from "./watch-limits.ts";
import { WatchNotices } from "./watch-notices.ts";
import type { ToldPage, WatchPage } from "./watch-page.ts";
import { WatchPages } from "./watch-pages.ts";
import type { WatchPorts } from "./watch-ports.ts";
import { SAVED_LAG_MAX, type Watch, WatchSession, type WatchSocket } from "./watch-session.ts";
import { WatchWindow } from "./watch-window.ts";

/**
 * Tells watchers what was applied: every event at or above their start, in order, once. A revision that is larger than a
 * frame is told in parts.
 *
 * A watch that is up to date is served from memory as entries are applied, in one pass over the sockets; one that is
 * behind, or whose socket takes no more, reads history, a page a turn, until it is up to date.
 */
export class WatchHub implements Audience {
  /** What is held for all watchers. */
  readonly budget: MemoryBudget;
  readonly #host: Host;
  readonly #ports: WatchPorts;
  readonly #limits: WatchLimits;
  readonly #sessions = new WeakMap<WatchSocket, WatchSession>();
  readonly #cache: FrameCache;
  readonly #pages: WatchPages;
  readonly #behind: WatchBacklog;
  readonly #notices: WatchNotices;
  readonly #feed: TelemetryFeed;
  /** The compacted revision when sockets were last looked through. */
  #compactSeen: Revision = 0;

  constructor(host: Host, ports: WatchPorts, limits: WatchLimits = WATCH_LIMITS) {
    this.#host = host;
    this.#ports = ports;
    this.#limits = limits;
    this.budget = new MemoryBudget(limits.heldBytesMax);
    this.#cache = new FrameCache(this.budget, limits.cachedBytesMax);
    this.#pages = new WatchPages(ports.source, limits, this.#cache);
    const sessions = () => ports.sockets().map((socket) => this.#session(socket));
    const markBytes = () => this.#markBytes();
    this.#feed = new TelemetryFeed(host, { gather: ports.telemetry, sessions, markBytes });
    this.#behind = new WatchBacklog(host, limits, this.budget, {
      sessions,
      serve: (session) => this.#serve(session),
      drop: (session) => this.#close(session, CLOSE_TOO_SLOW, "too-slow"),
    });
    this.#notices = new WatchNotices(host, limits, ports.lagMs, (isNews, isDue) => this.#notifyAll(isNews, isDue));
  }

  get size(): number {
    return this.#ports.sockets().length;
  }

  get heldBytes(): number {
    return this.budget.held;
  }

  /** Starts a watch on a connection that was just accepted. */
  open(socket: WatchSocket, request: WatchQuery, caller: Caller = ROOT): void {
    const session = this.#begin(socket, { watches: [], caller });
    if (request.key.length === WATCH_NONE.key.length) session.save();
    else this.#create(session, undefined, request);
  }

  /** A watcher said something (see `watch-control.ts`). */
  message(socket: WatchSocket, text: string): void {
    if (text === WATCH_PING) return socket.send(WATCH_PONG);
    const session = this.#session(socket);
    const control = watchControlParse(text);
    switch (control.kind) {
      case "ack":
        session.acknowledged(control.token);
        return this.#behind.changed();
      case "telemetry":
        return this.#feed.want(session, control.on);
      case "cancel": {
        const watch = session.find(control.id);
        // One that ended by itself meanwhile has said so already.
        if (watch !== undefined) this.#cancel(session, watch, "requested");
        return;
      }
      case "create":
        if (session.find(control.id) !== undefined) {
          return this.#close(session, CLOSE_INVALID, `watch ${control.id} exists already`);
        }
        if (!session.isReady()) return this.#close(session, CLOSE_TOO_SLOW, "too-slow");
        return this.#create(session, control.id, control.request);
      case "fault":
        // A close frame's reason has at most 123 bytes (RFC 6455, 5.5).
        return this.#close(session, CLOSE_INVALID, control.detail.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 120));
    }
  }

  /** The connection is gone, whoever ended it: nothing is held for it any longer. */
  closed(socket: WatchSocket): void {
    const session = this.#sessions.get(socket);
    if (session === undefined) return;
    session.window.close();
    this.#behind.remove(session);
    this.#behind.changed();
  }

  /** The host is about to stop: sends all watchers elsewhere, where they go on from the last revision. */
  dismiss(): void {
    for (const socket of this.#ports.sockets()) this.#close(this.#session(socket), CLOSE_RESTART, "the server stops");
  }

  applied(events: readonly WatchEvent[]): void {
    if (this.#ports.permits?.isDue() === true) this.#recheck();
    const { revision, compactRevision } = this.#ports.source();
    const isCompacted = compactRevision !== this.#compactSeen;
    if (isCompacted) this.#cache.clear();
    // A compaction is no event, and yet leaves what was saved behind.
    if (events.length === 0 && !isCompacted) return;
    this.#compactSeen = compactRevision;
    const applied = new AppliedEvents(events, this.#limits);
    // A saved `next` below the compacted revision would be taken for a gap after the next eviction.
    const staleBelow = Math.max(compactRevision, revision - SAVED_LAG_MAX);
    for (const socket of this.#ports.sockets()) {
      const session = this.#session(socket);
      let isChanged = false;
      for (const watch of session.watches) {
        if (watch.cursor.next <= revision && this.#tellApplied(session, watch, applied)) isChanged = true;
        isChanged ||= watch.saved < Math.min(staleBelow, watch.cursor.next);
      }
      if (isChanged) session.save();
    }
  }

  /** Brings everybody up to date after the host was woken, or the state replaced by a newer one. */
  resume(): void {
    this.#cache.clear();
    for (const socket of this.#ports.sockets()) {
      const session = this.#session(socket);
      this.#behind.add(session);
      if (session.wantsTelemetry) this.#feed.begin();
      for (const watch of session.watches) if (watch.request.progress === true) this.#notices.begin();
    }
  }

  #allows({ caller }: WatchSession, { request }: Watch): boolean {
    return this.#ports.permits?.allows(caller, request) ?? true;
  }

  /** Ends the watches that are not permitted any more. */
  #recheck(): void {
    for (const socket of this.#ports.sockets()) {
      const session = this.#session(socket);
      for (const watch of session.watches) {
        if (!this.#allows(session, watch)) this.#cancel(session, watch, "forbidden");
      }
    }
  }

  #session(socket: WatchSocket): WatchSession {
    return this.#sessions.get(socket) ?? this.#begin(socket, socket.load());
  }

  #begin(socket: WatchSocket, state: ReturnType<WatchSocket["load"]>): WatchSession {
    const window = new WatchWindow(this.budget, this.#limits.windowBytes);
    const session = new WatchSession(this.#host, socket, window, state);
    this.#sessions.set(socket, session);
    return session;
  }

  #create(session: WatchSession, id: number | undefined, request: WatchQuery): void {
    const { revision, compactRevision } = this.#ports.source();
    const watch = session.add({ id, request, next: request.from ?? revision + 1 });
    if (watch === undefined) return this.#send(session, id, watchFrameCancelled(revision, "too-many"));
    if (!this.#allows(session, watch)) return this.#cancel(session, watch, "forbidden");
    const isGone = watch.cursor.next < compactRevision;
    if (isGone && request.resync !== true) return this.#cancel(session, watch, "compacted");
    session.save();
    this.#send(session, id, watchFrameCreated(revision, watch.cursor.next));
    if (request.progress === true) this.#notices.begin();
    this.#serve(session);
  }

  /** Tells a watch what was just applied, if it was told all before, and its socket takes it. @returns whether it did. */
  #tellApplied(session: WatchSession, watch: Watch, applied: AppliedEvents): boolean {
    const { next, position, listing } = watch.cursor;
    const isBehind = next < applied.first || position !== undefined || listing !== undefined;
    const page: WatchPage = isBehind ? { kind: "history" } : this.#pages.applied(watch, applied);
    if (page.kind === "page" && (page.frame === undefined || session.isReady()))
      return this.#tell(session, watch, page);
    this.#behind.add(session);
    return false;
  }

  /** Sends what is due and moves the watch on. @returns whether there was something to send. */
  #tell(session: WatchSession, watch: Watch, page: ToldPage): boolean {
    watch.cursor = page.cursor;
    if (page.cursor.next <= this.#ports.source().revision) this.#behind.add(session);
    if (page.frame === undefined) return false;
    watch.isQuiet = false;
    session.send(watch.id, page.frame, this.#markBytes());
    return true;
  }

  #cancel(session: WatchSession, watch: Watch, code: WatchCancelCode): void {
    const { revision, compactRevision } = this.#ports.source();
    session.watches.delete(watch);
    session.save();
    const compacted = code === "compacted" ? compactRevision : undefined;
    this.#send(session, watch.id, watchFrameCancelled(revision, code, compacted));
    // Whoever began with one watch, and created no others, has nothing to wait for.
    const isLast = watch.id === undefined && session.watches.size === 0;
    if (isLast) this.#close(session, code === "forbidden" ? CLOSE_FORBIDDEN : CLOSE_COMPACTED, code);
  }

  #close(session: WatchSession, code: number, reason: string): void {
    session.socket.close(code, reason);
    this.closed(session.socket);
  }

  #send(session: WatchSession, id: number | undefined, text: string): void {
    session.send(id, frameOf(text), this.#markBytes());
  }

  /** An acknowledgement is asked for after so much: the more sockets there are, the less each may owe unasked. */
  #markBytes(): number {
    const { windowBytes, heldBytesMax } = this.#limits;
    return Math.min(windowBytes, heldBytesMax / this.size) / 4;
  }

  /** A page for each watch of the socket that is behind. It stays in line if there is more. */
  #serve(session: WatchSession): void {
    const { revision } = this.#ports.source();
    let isChanged = false;
    for (const watch of session.watches) {
      if (watch.cursor.next > revision) continue;
      if (!session.isReady()) break;
      const page = this.#pages.history(watch);
      if (page.kind !== "page") {
        this.#cancel(session, watch, "compacted");
        continue;
      }
      if (this.#tell(session, watch, page)) isChanged = true;
      else if (page.frame === undefined && this.#notify(session, watch)) isChanged = true;
      // A long search without a find must not begin again after an eviction.
      isChanged ||= watch.cursor.next - watch.saved > SAVED_LAG_MAX;
    }
    if (isChanged) session.save();
    if ([...session.watches].some((watch) => watch.cursor.next <= revision)) this.#behind.add(session);
  }

  /** That a watch has been told everything, if it wants to know. */
  #notify(session: WatchSession, watch: Watch): boolean {
    const { revision } = this.#ports.source();
    if (watch.request.progress !== true || watch.cursor.next !== revision + 1) return false;
    const frame = this.#notices.frame(revision);
    if (frame !== undefined) session.send(watch.id, frame, this.#markBytes());
    return frame !== undefined;
  }

  /** @returns whether there is anybody who asked for notices. */
  #notifyAll(isNews: boolean, isDue: boolean): boolean {
    let isAsked = false;
    for (const socket of this.#ports.sockets()) {
      const session = this.#session(socket);
      let isChanged = false;
      for (const watch of session.watches) {
        if (watch.request.progress !== true) continue;
        isAsked = true;
        if (isNews || (isDue && watch.isQuiet)) isChanged = this.#notifyIfReady(session, watch) || isChanged;
        if (isDue) watch.isQuiet = true;
      }
      if (isChanged) session.save();
    }
    return isAsked;
  }

  #notifyIfReady(session: WatchSession, watch: Watch): boolean {
    return session.isReady() && this.#notify(session, watch);
  }
}
