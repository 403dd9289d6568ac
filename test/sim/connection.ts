import { watchControlAck } from "../../src/api/watch-control.ts";
import type { Region } from "../../src/network/region.ts";
import { CLOSE_TOO_SLOW } from "../../src/node/watch/watch-close.ts";
import type { WatchLimits } from "../../src/node/watch/watch-limits.ts";
import type { WatchSocket, WatchState } from "../../src/node/watch/watch-session.ts";
import type { Random } from "../random.ts";
import type { Environment } from "./environment.ts";
import type { Instance } from "./instance.ts";
import type { Place } from "./scheduler.ts";
import { WatchFlow } from "./watch-flow.ts";

const FRAME_MS = 0.001;

/** The end that watches. */
export interface WatchClient extends Place {
  readonly environment: Environment;
  readonly name: string;
  readonly region: Region;
  readonly random: Random;

  received(connection: Connection, frame: string): void;
  lost(connection: Connection): void;
  /** The server closed it, and says why. */
  closed(connection: Connection, code: number): void;
}

/** The end that serves the watch. */
export interface WatchServer extends Place {
  readonly name: string;
  readonly region: Region;
  readonly watchLimits: WatchLimits;

  heard(connection: Connection, text: string): void;
  disconnected(connection: Connection): void;
}

/** One WebSocket between a watcher and a learner. What is said arrives in order or not at all. */
export class Connection {
  readonly client: WatchClient;
  readonly server: WatchServer;
  open = true;
  /** The learner closed it; what it says after is not sent. */
  #isClosing = false;
  #state: WatchState | undefined;
  #lastArrival = 0;
  #lastAck = 0;
  readonly #flow: WatchFlow;

  constructor(client: WatchClient, server: WatchServer) {
    this.client = client;
    this.server = server;
    this.#flow = new WatchFlow(client.name, server.watchLimits);
  }

  /** The learner's end, as one instance of it holds it. The state is the socket's attachment. */
  socket(instance: Instance): WatchSocket {
    const flow = this.#flow;
    flow.forgotten();
    const isClosing = () => this.#isClosing;
    return {
      load: () => {
        if (this.#state === undefined) throw new Error("a watch was not opened");
        return this.#state;
      },
      save: (state) => {
        this.#state = state;
      },
      send: (frame) => {
        flow.sent(this.#now, frame);
        instance.emit(() => this.#deliver(frame));
      },
      close: (code) => {
        if (code === CLOSE_TOO_SLOW) flow.dropped(this.#now);
        instance.emit(() => this.#close(code));
      },
      get isClosed() {
        return isClosing();
      },
    };
  }

  /** Both ends find out, each in its own time. */
  broke(): void {
    if (!this.open) return;
    this.open = false;
    const { scheduler } = this.client.environment;
    scheduler.after(this.client.random.exponential(800), this.client, () => this.client.lost(this));
    scheduler.after(this.client.random.exponential(800), this.server, () => this.server.disconnected(this));
  }

  /** The watcher says back what a frame told it to, once it took that. */
  confirm(token: string): void {
    const { scheduler, links } = this.client.environment;
    if (!this.open) return;
    if (!links.connects(this.client.region, this.server.region)) return this.broke();
    const arrival = scheduler.now + links.delay(this.client.region, this.server.region);
    this.#lastAck = Math.max(this.#lastAck + FRAME_MS, arrival);
    scheduler.at(this.#lastAck, this.server, () => {
      if (!this.open) return;
      this.#flow.confirmed(token);
      this.server.heard(this, watchControlAck(token));
    });
  }

  #deliver(frame: string): void {
    if (this.#isClosing) return;
    this.#inOrder(() => this.client.received(this, frame));
  }

  #close(code: number): void {
    if (this.#isClosing) return;
    this.#inOrder(() => {
      this.open = false;
      this.client.closed(this, code);
    });
    this.#isClosing = true;
    const { scheduler } = this.client.environment;
    scheduler.after(this.client.random.exponential(200), this.server, () => this.server.disconnected(this));
  }

  /** A stream: what is sent later never overtakes. */
  #inOrder(arrive: () => void): void {
    if (!this.open) return;
    const { scheduler, links } = this.client.environment;
    if (!links.connects(this.server.region, this.client.region)) return this.broke();
    const arrival = scheduler.now + links.delay(this.server.region, this.client.region);
    this.#lastArrival = Math.max(this.#lastArrival + FRAME_MS, arrival);
    scheduler.at(this.#lastArrival, this.client, () => {
      if (this.open) arrive();
    });
  }

  get #now(): number {
    return this.client.environment.scheduler.now;
  }
}
