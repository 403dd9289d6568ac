import type { Host } from "../network/host.ts";
import type { Revision, WatchEvent } from "../state/command.ts";
import type { EventFilter } from "../state/event.ts";
import type { StateMachine } from "../state/machine.ts";
import { watchFrameCancelled, watchFrameCreated, watchFrameEvents, watchFrameProgress } from "../wire/watch-frame.ts";
import type { Audience } from "./learner.ts";
import type { WatchRequest } from "./outcome.ts";

/** What a watch needs to go on after its learner lost its memory. Kept with the socket. */
export interface WatchState {
  readonly request: WatchRequest;
  /** The next revision to look at; everything below it was told. */
  readonly next: Revision;
}

/** A watcher's connection, as the host keeps it. */
export interface WatchSocket {
  load(): WatchState;
  save(state: WatchState): void;
  send(frame: string): void;
  close(code: number, reason: string): void;
}

/** Close codes of our own; 4000 to 4999 are the application's (RFC 6455, 7.4.2). */
export const CLOSE_COMPACTED = 4410;

const PAGE_EVENTS_MAX = 512;
const PAGE_BYTES_MAX = 512 * 1024;

/**
 * Tells watchers what was applied: every event at or above their start, in order, once, whole revisions only.
 *
 * A watcher that is up to date is served from memory as entries are applied; one that is behind reads history, a page
 * a turn, until it is.
 */
export class WatchHub implements Audience {
  readonly #host: Host;
  readonly #sockets: () => readonly WatchSocket[];
  readonly #machine: () => StateMachine;
  readonly #catchingUp = new Set<WatchSocket>();

  constructor(host: Host, machine: () => StateMachine, sockets: () => readonly WatchSocket[]) {
    this.#host = host;
    this.#machine = machine;
    this.#sockets = sockets;
  }

  get size(): number {
    return this.#sockets().length;
  }

  /** Starts a watch on a connection that was just accepted. */
  open(socket: WatchSocket, request: WatchRequest): void {
    const { revision, compactRevision } = this.#machine();
    const next = request.from ?? revision + 1;
    socket.save({ request, next });
    if (next < compactRevision) return this.#cancelCompacted(socket);
    socket.send(watchFrameCreated(revision, next));
    this.#catchUp(socket);
  }

  applied(events: readonly WatchEvent[]): void {
    const first = events[0]?.kv.modRevision;
    if (first === undefined) return;
    const { revision } = this.#machine();
    for (const socket of this.#sockets()) {
      const { request, next } = socket.load();
      if (next > revision || this.#catchingUp.has(socket)) continue;
      // What lies between `next` and the first of these events was applied before, and is not in memory.
      if (next < first || request.prevKv === true) this.#catchUp(socket);
      else
        this.#tell(
          socket,
          request,
          events.filter((event) => event.kv.modRevision >= next),
          revision,
        );
    }
  }

  /** Brings everybody up to date after the host was woken. */
  resume(): void {
    for (const socket of this.#sockets()) this.#catchUp(socket);
  }

  #tell(socket: WatchSocket, request: WatchRequest, events: readonly WatchEvent[], upTo: Revision): void {
    const wanted = events.filter((event) => watchWants(request, event));
    if (wanted.length > 0) socket.send(watchFrameEvents(wanted, upTo));
    socket.save({ request, next: upTo + 1 });
  }

  #cancelCompacted(socket: WatchSocket): void {
    const { revision, compactRevision } = this.#machine();
    socket.send(watchFrameCancelled(revision, "compacted", compactRevision));
    socket.close(CLOSE_COMPACTED, "compacted");
  }

  /** One page now, the rest in later turns. */
  #catchUp(socket: WatchSocket): void {
    const machine = this.#machine();
    const { request, next } = socket.load();
    this.#catchingUp.delete(socket);
    if (next > machine.revision) {
      if (request.progress === true) socket.send(watchFrameProgress(machine.revision));
      return;
    }
    const page = machine.events(next, machine.revision, PAGE_EVENTS_MAX, PAGE_BYTES_MAX, filterOf(request));
    if ("kind" in page) return this.#cancelCompacted(socket);
    this.#tell(socket, request, page.events, page.next - 1);
    if (page.next > machine.revision) return;
    this.#catchingUp.add(socket);
    this.#host.timer(0, () => this.#catchUp(socket));
  }
}

function filterOf({ key, end, prevKv }: WatchRequest): EventFilter {
  return { key, ...(end === undefined ? {} : { end }), prev: prevKv === true };
}

/** Whether the watch asked for this event. */
export function watchWants({ key, end, noPut, noDelete }: WatchRequest, event: WatchEvent): boolean {
  if (event.kind === "put" ? noPut === true : noDelete === true) return false;
  const order = bytesCompare(event.kv.key, key);
  if (end === undefined) return order === 0;
  const unbounded = end.length === 1 && end[0] === 0;
  return order >= 0 && (unbounded || bytesCompare(event.kv.key, end) < 0);
}

function bytesCompare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
