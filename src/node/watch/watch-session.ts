import { byteString } from "../../api/bytes.ts";
import type { Revision } from "../../api/key-value.ts";
import { WATCHES_PER_SOCKET_MAX } from "../../api/limits.ts";
import { watchFrameFor } from "../../api/watch-frame.ts";
import type { WatchRequest } from "../coordinate/coordinator.ts";
import { watchSelector } from "./watch-telling.ts";
import { WatchWindow } from "./watch-window.ts";

/** What a watch needs to go on after its learner lost its memory. */
export interface WatchRecord {
  /** Absent for the one watch that the socket's URL asked for. */
  readonly id?: number | undefined;
  readonly request: WatchRequest;
  /** The next revision to look at; every event below it that the watch wants was told. */
  readonly next: Revision;
}

/** The watches of one socket. Kept with the socket. */
export interface WatchState {
  readonly watches: readonly WatchRecord[];
}

/** A watcher's connection, as the host keeps it. */
export interface WatchSocket {
  load(): WatchState;
  save(state: WatchState): void;
  send(frame: string): void;
  close(code: number, reason: string): void;
  /** When the other side was last heard to say `ping`, if the host can tell. */
  heardAt?(): number | undefined;
  /** Nobody is there any more. */
  readonly isClosed?: boolean;
}

/** Bytes of state for one socket: a hibernating socket's attachment has 16 KiB. */
const STATE_BYTES_MAX = 14 * 1024;
/** What a watch takes besides its keys, generously. */
const RECORD_BYTES = 128;
/** A saved `next` that is older makes the next life of the learner look through so many revisions again. */
export const SAVED_LAG_MAX = 1_024;

/** One watch in memory. */
export interface Watch {
  readonly id: number | undefined;
  readonly request: WatchRequest;
  readonly selector: string;
  readonly point: string | undefined;
  next: Revision;
  /** `next` as it was last saved. It may lag while there is nothing to tell. */
  saved: Revision;
  /** Nothing was sent since the last round of progress notices. */
  isQuiet: boolean;
}

/** One socket with its watches. */
export class WatchSession {
  readonly socket: WatchSocket;
  readonly watches = new Set<Watch>();
  readonly #window = new WatchWindow();
  /** It acknowledges what it takes, so that a ping of it means nothing more. */
  #acknowledges = false;
  /** Since when it has to confirm something before it gets more. */
  stalledAt: number | undefined;

  constructor(socket: WatchSocket, state: WatchState) {
    this.socket = socket;
    for (const record of state.watches) this.#add(record);
  }

  /** Undefined when the socket can have no more. */
  add(record: WatchRecord): Watch | undefined {
    const bytes = [...this.watches, record].reduce((sum, { request }) => sum + requestBytes(request), 0);
    if (this.watches.size >= WATCHES_PER_SOCKET_MAX || bytes > STATE_BYTES_MAX) return undefined;
    return this.#add(record);
  }

  find(id: number): Watch | undefined {
    for (const watch of this.watches) if (watch.id === id) return watch;
    return undefined;
  }

  send(id: number | undefined, frame: string, now: number): void {
    const text = watchFrameFor(frame, id);
    this.#window.sent(text.length, now);
    this.socket.send(text);
  }

  save(): void {
    const watches = [...this.watches].map((watch) => {
      watch.saved = watch.next;
      const { id, request, next } = watch;
      return id === undefined ? { request, next } : { id, request, next };
    });
    this.socket.save({ watches });
  }

  acknowledged(frames: number): void {
    this.#acknowledges = true;
    this.#window.confirmFrames(frames);
  }

  /** Whether more may be sent. */
  mayGet(now: number): boolean {
    // A `pong` comes after all that was sent before it, and nobody pings again before the pong came.
    if (this.#window.isFull && !this.#acknowledges) this.#window.confirmBefore(this.socket.heardAt?.() ?? 0);
    if (!this.#window.isFull) this.stalledAt = undefined;
    else this.stalledAt ??= now;
    return !this.#window.isFull;
  }

  #add({ id, request, next }: WatchRecord): Watch {
    const { from: _, ...kept } = request;
    const point = kept.end === undefined ? byteString(kept.key) : undefined;
    const watch = { id, request: kept, selector: watchSelector(kept), point, next, saved: next, isQuiet: true };
    this.watches.add(watch);
    return watch;
  }
}

function requestBytes({ key, end }: WatchRequest): number {
  return RECORD_BYTES + key.length + (end?.length ?? 0);
}
