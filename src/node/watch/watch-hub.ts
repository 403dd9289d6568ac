import type { Revision, WatchEvent } from "../../api/key-value.ts";
import { watchControlParse } from "../../api/watch-control.ts";
import {
  WATCH_PING,
  WATCH_PONG,
  type WatchCancelCode,
  watchFrameCancelled,
  watchFrameCreated,
  watchFrameProgress,
} from "../../api/watch-frame.ts";
import { WATCH_NONE } from "../../api/watch-query.ts";
import type { Host } from "../../network/host.ts";
import type { StateMachine } from "../../state/machine.ts";
import type { WatchRequest } from "../coordinate/coordinator.ts";
import type { Audience } from "../learner/audience.ts";
import { WatchBacklog } from "./watch-backlog.ts";
import { SAVED_LAG_MAX, type Watch, WatchSession, type WatchSocket } from "./watch-session.ts";
import { type Telling, Tellings } from "./watch-telling.ts";

export type { WatchSocket, WatchState } from "./watch-session.ts";

/** Close codes of our own; 4000 to 4999 are the application's (RFC 6455, 7.4.2). */
export const CLOSE_INVALID = 4400;
export const CLOSE_COMPACTED = 4410;
export const CLOSE_TOO_LARGE = 4413;
export const CLOSE_TOO_SLOW = 4429;

/** Events in one frame, unless a single revision has more. */
const PAGE_EVENTS_MAX = 512;
/** Between notices to a watch that asked for them and had no event meanwhile. While any did, the object stays awake. */
const PROGRESS_MS = 10_000;

/**
 * Tells watchers what was applied: every event at or above their start, in order, once, whole revisions only.
 *
 * A watch that is up to date is served from memory as entries are applied, in one pass over the sockets; one that is
 * behind, or whose socket takes no more, reads history, a page a turn, until it is up to date.
 */
export class WatchHub implements Audience {
  readonly #host: Host;
  readonly #sockets: () => readonly WatchSocket[];
  readonly #machine: () => StateMachine;
  readonly #sessions = new WeakMap<WatchSocket, WatchSession>();
  readonly #behind: WatchBacklog;
  #isProgressDue = false;
  /** The compacted revision when sockets were last looked through. */
  #compactSeen: Revision = 0;

  constructor(host: Host, machine: () => StateMachine, sockets: () => readonly WatchSocket[]) {
    this.#host = host;
    this.#machine = machine;
    this.#sockets = sockets;
    this.#behind = new WatchBacklog(
      host,
      (sessions) => this.#serve(sessions),
      ({ socket }) => socket.close(CLOSE_TOO_SLOW, "too-slow"),
    );
  }

  get size(): number {
    return this.#sockets().length;
  }

  /** Starts a watch on a connection that was just accepted. */
  open(socket: WatchSocket, request: WatchRequest): void {
    const session = new WatchSession(socket, { watches: [] });
    this.#sessions.set(socket, session);
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
        session.acknowledged(control.frames);
        return this.#behind.confirmed(session);
      case "cancel": {
        const watch = session.find(control.id);
        // One that ended by itself meanwhile has said so already.
        if (watch !== undefined) this.#cancel(session, watch, "requested");
        return;
      }
      case "create":
        if (session.find(control.id) !== undefined) {
          return socket.close(CLOSE_INVALID, `watch ${control.id} exists already`);
        }
        if (!session.mayGet(this.#host.now())) return socket.close(CLOSE_TOO_SLOW, "too-slow");
        return this.#create(session, control.id, control.request);
      case "fault":
        // A close frame's reason has at most 123 bytes (RFC 6455, 5.5).
        return socket.close(CLOSE_INVALID, control.detail.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 120));
    }
  }

  applied(events: readonly WatchEvent[]): void {
    const machine = this.#machine();
    // A compaction is no event, and yet leaves what was saved behind.
    if (events.length === 0 && machine.compactRevision === this.#compactSeen) return;
    this.#compactSeen = machine.compactRevision;
    const tellings = new Tellings(machine, PAGE_EVENTS_MAX, events);
    // A saved `next` below the compacted revision would be taken for a gap after the next eviction.
    const staleBelow = Math.max(machine.compactRevision, machine.revision - SAVED_LAG_MAX);
    const now = this.#host.now();
    for (const socket of this.#sockets()) {
      const session = this.#session(socket);
      let isChanged = false;
      for (const watch of session.watches) {
        if (watch.next <= machine.revision) {
          const telling = watch.next < tellings.first ? "later" : tellings.live(watch);
          if (telling === "later" || (!isSilent(telling) && !session.mayGet(now))) this.#behind.add(session);
          else if (this.#tell(session, watch, telling)) isChanged = true;
        }
        isChanged ||= watch.saved < Math.min(staleBelow, watch.next);
      }
      if (isChanged) session.save();
    }
  }

  /** Brings everybody up to date after the host was woken, or the state replaced by a newer one. */
  resume(): void {
    for (const socket of this.#sockets()) {
      const session = this.#session(socket);
      this.#behind.add(session);
      for (const watch of session.watches) if (watch.request.progress === true) this.#progressSoon();
    }
  }

  #session(socket: WatchSocket): WatchSession {
    let session = this.#sessions.get(socket);
    if (session === undefined) {
      session = new WatchSession(socket, socket.load());
      this.#sessions.set(socket, session);
    }
    return session;
  }

  #create(session: WatchSession, id: number | undefined, request: WatchRequest): void {
    const { revision, compactRevision } = this.#machine();
    const watch = session.add({ id, request, next: request.from ?? revision + 1 });
    const now = this.#host.now();
    if (watch === undefined) return session.send(id, watchFrameCancelled(revision, "too-many"), now);
    if (watch.next < compactRevision) return this.#cancel(session, watch, "compacted");
    session.save();
    session.send(id, watchFrameCreated(revision, watch.next), now);
    if (request.progress === true) this.#progressSoon();
    if (this.#catchUp(session, new Tellings(this.#machine(), PAGE_EVENTS_MAX))) this.#behind.add(session);
  }

  /** Sends what is due and moves the watch on. @returns whether there was something to send. */
  #tell(session: WatchSession, watch: Watch, telling: Telling): boolean {
    if (typeof telling === "string") {
      this.#cancel(session, watch, telling);
      return false;
    }
    watch.next = telling.next;
    if (watch.next <= this.#machine().revision) this.#behind.add(session);
    if (telling.frame === undefined) return false;
    watch.isQuiet = false;
    session.send(watch.id, telling.frame, this.#host.now());
    return true;
  }

  #cancel(session: WatchSession, watch: Watch, code: WatchCancelCode): void {
    const { revision, compactRevision } = this.#machine();
    session.watches.delete(watch);
    session.save();
    const compacted = code === "compacted" ? compactRevision : undefined;
    session.send(watch.id, watchFrameCancelled(revision, code, compacted), this.#host.now());
    // Whoever began with one watch, and created no others, has nothing to wait for.
    if (watch.id !== undefined || session.watches.size > 0) return;
    session.socket.close(code === "compacted" ? CLOSE_COMPACTED : CLOSE_TOO_LARGE, code);
  }

  #serve(sessions: readonly WatchSession[]): void {
    const tellings = new Tellings(this.#machine(), PAGE_EVENTS_MAX);
    for (const session of sessions) if (this.#catchUp(session, tellings)) this.#behind.add(session);
  }

  /** A page for each watch of the socket that is behind. @returns whether there is more. */
  #catchUp(session: WatchSession, tellings: Tellings): boolean {
    const { revision } = this.#machine();
    let isChanged = false;
    for (const watch of session.watches) {
      if (watch.next > revision) continue;
      if (!session.mayGet(this.#host.now())) break;
      const telling = tellings.page(watch);
      if (this.#tell(session, watch, telling)) isChanged = true;
      else if (isSilent(telling) && this.#notice(session, watch)) isChanged = true;
      // A long search without a find must not begin again after an eviction.
      isChanged ||= watch.next - watch.saved > SAVED_LAG_MAX;
    }
    if (isChanged) session.save();
    return [...session.watches].some((watch) => watch.next <= revision);
  }

  /** That a watch has been told everything, if it wants to know. */
  #notice(session: WatchSession, watch: Watch): boolean {
    const { revision } = this.#machine();
    if (watch.request.progress !== true || watch.next !== revision + 1) return false;
    session.send(watch.id, watchFrameProgress(revision), this.#host.now());
    return true;
  }

  #progressSoon(): void {
    if (this.#isProgressDue) return;
    this.#isProgressDue = true;
    this.#host.timer(PROGRESS_MS, () => {
      this.#isProgressDue = false;
      for (const socket of this.#sockets()) this.#progressTell(this.#session(socket));
    });
  }

  #progressTell(session: WatchSession): void {
    let isChanged = false;
    for (const watch of session.watches) {
      if (watch.request.progress !== true) continue;
      this.#progressSoon();
      if (watch.isQuiet && session.mayGet(this.#host.now()) && this.#notice(session, watch)) isChanged = true;
      watch.isQuiet = true;
    }
    if (isChanged) session.save();
  }
}

/** Whether nothing has to be sent for it. */
function isSilent(telling: Telling): boolean {
  return typeof telling !== "string" && telling.frame === undefined;
}
