import type { WatchSocket, WatchState } from "../actors/watch-hub.ts";

const PING = "ping";
const PONG = "pong";
const CLOSE_NORMAL = 1000;

/** The object's sockets as the hub's watchers. The attachment (at most 16 KiB) is the watch's memory. */
export class HibernatingSockets {
  readonly #ctx: DurableObjectState;
  readonly #wrapped = new Map<WebSocket, WatchSocket>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
    for (const socket of ctx.getWebSockets()) this.#wrap(socket);
  }

  accept(socket: WebSocket): WatchSocket {
    this.#ctx.acceptWebSocket(socket);
    return this.#wrap(socket);
  }

  forget(socket: WebSocket): void {
    this.#wrapped.delete(socket);
  }

  /** The client closed; a hibernating socket's side of the handshake is ours to finish. */
  release(socket: WebSocket): void {
    this.forget(socket);
    this.#guard(socket, () => socket.close(CLOSE_NORMAL));
  }

  all(): readonly WatchSocket[] {
    return [...this.#wrapped.values()];
  }

  #wrap(socket: WebSocket): WatchSocket {
    let state = socket.deserializeAttachment() as WatchState | undefined;
    const wrapped: WatchSocket = {
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
        this.forget(socket);
        this.#guard(socket, () => socket.close(code, reason));
      },
    };
    this.#wrapped.set(socket, wrapped);
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
