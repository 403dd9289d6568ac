import { watchControlAck } from "../../src/api/watch-control.ts";
import type { WatchSocket, WatchState } from "../../src/node/watch/watch-hub.ts";
import { CLOSE_TOO_SLOW } from "../../src/node/watch/watch-hub.ts";
import type { LearnerMachine } from "./learner-machine.ts";
import type { Life } from "./life.ts";
import { WatchFlow } from "./watch-flow.ts";
import type { Watcher } from "./watcher.ts";

const FRAME_MS = 0.001;

/** One WebSocket between a watcher and a learner. What is said arrives in order or not at all. */
export class Connection {
  readonly watcher: Watcher;
  readonly learner: LearnerMachine;
  open = true;
  /** The learner closed it; what it says after is not sent. */
  #isClosing = false;
  #state: WatchState | undefined;
  #lastArrival = 0;
  #lastAck = 0;
  readonly #flow: WatchFlow;

  constructor(watcher: Watcher, learner: LearnerMachine) {
    this.watcher = watcher;
    this.learner = learner;
    this.#flow = new WatchFlow(watcher.name);
  }

  /** The learner's end, as one life of it holds it. The state is the socket's attachment. */
  socket(life: Life): WatchSocket {
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
        life.emit(() => this.#deliver(frame));
      },
      close: (code) => {
        if (code === CLOSE_TOO_SLOW) flow.dropped(this.#now);
        life.emit(() => this.#close(code));
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
    const { scheduler } = this.watcher.world;
    scheduler.after(this.watcher.random.exponential(800), this.watcher, () => this.watcher.lost(this));
    scheduler.after(this.watcher.random.exponential(800), this.learner, () => this.learner.disconnected(this));
  }

  /** The watcher says that it took so many more frames. */
  confirm(frames: number): void {
    const { scheduler, links } = this.watcher.world;
    if (!this.open) return;
    if (!links.connects(this.watcher.region, this.learner.region)) return this.broke();
    const arrival = scheduler.now + links.delay(this.watcher.region, this.learner.region);
    this.#lastAck = Math.max(this.#lastAck + FRAME_MS, arrival);
    scheduler.at(this.#lastAck, this.learner, () => {
      if (!this.open) return;
      this.#flow.confirmed(frames);
      this.learner.heard(this, watchControlAck(frames));
    });
  }

  #deliver(frame: string): void {
    if (this.#isClosing) return;
    this.#inOrder(() => this.watcher.received(this, frame));
  }

  #close(code: number): void {
    if (this.#isClosing) return;
    this.#inOrder(() => {
      this.open = false;
      this.watcher.closed(this, code);
    });
    this.#isClosing = true;
    const { scheduler } = this.watcher.world;
    scheduler.after(this.watcher.random.exponential(200), this.learner, () => this.learner.disconnected(this));
  }

  /** A stream: what is sent later never overtakes. */
  #inOrder(arrive: () => void): void {
    if (!this.open) return;
    const { scheduler, links } = this.watcher.world;
    if (!links.connects(this.learner.region, this.watcher.region)) return this.broke();
    const arrival = scheduler.now + links.delay(this.learner.region, this.watcher.region);
    this.#lastArrival = Math.max(this.#lastArrival + FRAME_MS, arrival);
    scheduler.at(this.#lastArrival, this.watcher, () => {
      if (this.open) arrive();
    });
  }

  get #now(): number {
    return this.watcher.world.scheduler.now;
  }
}
