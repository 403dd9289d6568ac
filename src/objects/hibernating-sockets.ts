import { WATCH_PING, WATCH_PONG } from "../api/watch-frame.ts";
import type { WatchSocket, WatchState } from "../node/watch/watch-session.ts";

const CLOSE_NORMAL = 1000;

type HibernatingSocket = { -readonly [Name in keyof WatchSocket]: WatchSocket[Name] };

/** The object's sockets as the hub's watchers. The attachment (at most 16 KiB) is the watch's memory. */
export class HibernatingSockets {
  readonly #ctx: DurableObjectState;
  readonly #gone: (socket: WatchSocket) => void;
  readonly #dropped: (code: number) => void;
  readonly #wrapped = new Map<WebSocket, HibernatingSocket>();
  /** The same as a list, as long as nobody comes or goes. */
  #all: readonly WatchSocket[] | undefined;

  /** `gone` is told of each socket that is closed or broke; `dropped`, with which code one was closed from here. */
  constructor(ctx: DurableObjectState, gone: (socket: WatchSocket) => void, dropped: (code: number) => void) {
    this.#ctx = ctx;
    this.#gone = gone;
    this.#dropped = dropped;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(WATCH_PING, WATCH_PONG));
    for (const socket of ctx.getWebSockets()) this.#wrap(socket);
  }

  accept(socket: WebSocket): WatchSocket {
    this.#ctx.acceptWebSocket(socket);
    return this.#wrap(socket);
  }

  /** The watcher behind a socket; undefined when it was dropped. */
  find(socket: WebSocket): WatchSocket | undefined {
    return this.#wrapped.get(socket);
  }

  forget(socket: WebSocket): void {
    const wrapped = this.#wrapped.get(socket);
    if (wrapped === undefined) return;
    wrapped.isClosed = true;
    this.#wrapped.delete(socket);
    this.#all = undefined;
    this.#gone(wrapped);
  }

  /** The client closed; a hibernating socket's side of the handshake is ours to finish. */
  release(socket: WebSocket): void {
    this.forget(socket);
    this.#guard(socket, () => socket.close(CLOSE_NORMAL));
  }

  all(): readonly WatchSocket[] {
    this.#all ??= [...this.#wrapped.values()];
    return this.#all;
  }

  #wrap(socket: WebSocket): WatchSocket {
    let state = socket.deserializeAttachment() as WatchState | undefined;
    const wrapped: HibernatingSocket = {
      isClosed: false,
      load() {
        if (state === undefined) throw new Error("a watch was not opened");
        return state;
      },
      save(next) {
        state = next;
        socket.serializeAttachment(next);
      },
      send: (frame) => this.#guard(socket, () => socket.send(frame)),
      close: (code, reason) => {
        this.#dropped(code);
        this.forget(socket);
        this.#guard(socket, () => socket.close(code, reason));
      },
    };
    this.#wrapped.set(socket, wrapped);
    this.#all = undefined;
    return wrapped;
  }

  /** A socket that closed under us has nobody to tell; its watcher comes back with `from`. */
  #guard(socket: WebSocket, act: () => void): void {
    try {
      act();
    } catch {
      this.forget(socket);
    }
  }
}
