import { byteString } from "../../api/bytes.ts";
import type { Revision } from "../../api/key-value.ts";
import { WATCHES_PER_SOCKET_MAX } from "../../api/limits.ts";
import { watchFrameFor } from "../../api/watch-frame.ts";
import type { WatchQuery } from "../../api/watch-query.ts";
import { ANONYMOUS, type Caller } from "../../policy/caller.ts";
import type { Frame } from "./frame.ts";
import type { WatchCursor } from "./watch-cursor.ts";
import { watchSelector } from "./watch-selector.ts";
import type { WatchWindow } from "./watch-window.ts";

/** What a watch needs to go on after its learner lost its memory. A listing begins anew. */
export interface WatchRecord extends Omit<WatchCursor, "listing"> {
  /** Absent for the one watch that the socket's URL asked for. */
  readonly id?: number | undefined;
  readonly request: WatchQuery;
}

/** The watches of one socket. Kept with the socket. */
export interface WatchState {
  readonly watches: readonly WatchRecord[];
  /** It wants to be told how the parts stand. */
  readonly telemetry?: true | undefined;
  /** Who watches. */
  readonly caller?: Caller | undefined;
}

/** A watcher's connection, as the host keeps it. */
export interface WatchSocket {
  load(): WatchState;
  save(state: WatchState): void;
  send(frame: string): void;
  close(code: number, reason: string): void;
  /** Nobody is there any more. */
  readonly isClosed?: boolean;
}

/** Bytes of state for one socket: a hibernating socket's attachment has 16 KiB. */
const STATE_BYTES_MAX = 14 * 1024;
/** What a watch takes besides its keys, generously. */
const RECORD_BYTES = 128;
/** A saved `next` that is older makes the next life of the learner look through so many revisions again. */
export const SAVED_LAG_MAX = 1_024;
/** Characters of a token: 48 bits of a fresh id. */
const TOKEN_CHARS = 12;

/** One watch in memory. */
export interface Watch {
  readonly id: number | undefined;
  readonly request: WatchQuery;
  readonly selector: string;
  readonly point: string | undefined;
  cursor: WatchCursor;
  /** `cursor.next` as it was last saved. It may lag while there is nothing to tell. */
  saved: Revision;
  /** Nothing was sent since the last round of progress notices. */
  isQuiet: boolean;
}

/** Clock and entropy. */
interface Host {
  now(): number;
  freshId(): string;
}

/** One socket with its watches. */
export class WatchSession {
  readonly socket: WatchSocket;
  readonly window: WatchWindow;
  readonly watches = new Set<Watch>();
  readonly caller: Caller;
  readonly #host: Host;
  /** It wants to be told how the parts stand, once a second. */
  wantsTelemetry: boolean;
  /** Since when it has wanted more than its window takes, without acknowledging anything. */
  stalledAt: number | undefined;

  constructor(host: Host, socket: WatchSocket, window: WatchWindow, state: WatchState) {
    this.#host = host;
    this.socket = socket;
    this.window = window;
    this.caller = state.caller ?? ANONYMOUS;
    this.wantsTelemetry = state.telemetry === true;
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

  /** `markBytes`: it asks for an acknowledgement each time that so much was sent. */
  send(id: number | undefined, frame: Frame, markBytes: number): void {
    const isMarked = this.window.wantsMark(frame.bytes, markBytes);
    const token = isMarked ? this.#host.freshId().slice(0, TOKEN_CHARS) : undefined;
    const text = watchFrameFor(frame.text, id, token);
    this.window.sent(frame.bytes + text.length - frame.text.length, token, this.#host.now());
    this.socket.send(text);
  }

  save(): void {
    const watches = [...this.watches].map((watch): WatchRecord => {
      const { id, request, cursor } = watch;
      const { next, position } = cursor;
      watch.saved = next;
      return {
        ...(id === undefined ? {} : { id }),
        request,
        next,
        ...(position === undefined ? {} : { position }),
      };
    });
    const { caller } = this;
    this.socket.save({ watches, caller, ...(this.wantsTelemetry ? { telemetry: true } : {}) });
  }

  acknowledged(token: string): void {
    this.window.acknowledged(token, this.#host.now());
    this.stalledAt = undefined;
  }

  /** Whether more may be sent. */
  isReady(): boolean {
    const { isOpen, askedAt } = this.window;
    // Whoever owes nothing is not to blame that others hold all there is.
    if (isOpen || askedAt === undefined) this.stalledAt = undefined;
    else this.stalledAt ??= this.#host.now();
    return isOpen;
  }

  #add({ id, request, next, position }: WatchRecord): Watch {
    const { from: _, ...kept } = request;
    const point = kept.end === undefined && kept.releases !== true ? byteString(kept.key) : undefined;
    const cursor = position === undefined ? { next } : { next, position };
    const watch = { id, request: kept, selector: watchSelector(kept), point, cursor, saved: next, isQuiet: true };
    this.watches.add(watch);
    return watch;
  }
}

function requestBytes({ key, end }: WatchQuery): number {
  return RECORD_BYTES + key.length + (end?.length ?? 0);
}
