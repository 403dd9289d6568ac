import type { Revision } from "../../api/key-value.ts";
import { WATCH_ACK_CHARS } from "../../api/limits.ts";
import { watchControlAck } from "../../api/watch-control.ts";
import { WATCH_PING, type WatchFrame, watchFrameParse } from "../../api/watch-frame.ts";
import type { Coordinator, WatchRequest } from "../../node/coordinate/coordinator.ts";

/** Between two pings to the learner, whose runtime answers them. */
const PING_MS = 15_000;
/** A learner that has said nothing for so long is gone. */
const SILENCE_MS_MAX = 40_000;
/** A learner has this long to say what becomes of a watch. */
const FIRST_FRAME_MS_MAX = 8_000;
/** Attempts to find another learner, and the pause before each. */
const ATTEMPTS_MAX = 20;
const PAUSE_MS = 500;

type Hear = (frame: WatchFrame | undefined) => void;
/** Calls `act` once there is room for more. */
type WhenRoom = (act: () => void) => void;

/** One watch, from whichever learner there is: it goes on with another where it stood when one is lost. */
export class WatchFeed {
  /** Everything up to here was told. */
  through: Revision = 0;
  readonly #coordinator: Coordinator;
  readonly #request: WatchRequest;
  readonly #whenRoom: WhenRoom;
  #hear: Hear = () => undefined;
  /** What came before `flow`. */
  #waiting: WatchFrame[] | undefined = [];
  #socket: WebSocket | undefined;
  #heardAt = 0;
  #timer: number | null = null;
  #closed = false;

  constructor(coordinator: Coordinator, request: WatchRequest, whenRoom: WhenRoom) {
    this.#coordinator = coordinator;
    this.#whenRoom = whenRoom;
    this.#request = request;
  }

  /**
   * Connects, and resolves with the learner's first word; undefined when none can be reached. What follows is kept
   * until `flow`.
   * @param hear is told each frame of events and the one that ends the watch, or undefined when all learners are gone.
   */
  async open(hear: Hear): Promise<WatchFrame | undefined> {
    this.#hear = hear;
    const first = await this.#connect(this.#request);
    if (first?.type === "cancelled") this.#take(first);
    if (first !== undefined) this.#timer = setInterval(() => this.#tick(), PING_MS);
    return first;
  }

  flow(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const frame of waiting) this.#hear(frame);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#drop();
  }

  async #connect(request: WatchRequest): Promise<WatchFrame | undefined> {
    const socket = (await this.#coordinator.watch(request))?.webSocket;
    if (socket === undefined || socket === null) return undefined;
    if (this.#closed) {
      socket.accept();
      socket.close(1000, "done");
      return undefined;
    }
    this.#socket = socket;
    this.#heardAt = Date.now();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), FIRST_FRAME_MS_MAX);
      let isFirst = true;
      const acknowledge = this.#acknowledger(socket);
      socket.addEventListener("message", ({ data }) => {
        if (this.#socket !== socket) return;
        this.#heardAt = Date.now();
        const frame = typeof data === "string" ? watchFrameParse(data) : undefined;
        if (frame === undefined || typeof data !== "string") return;
        if (!isFirst) {
          this.#take(frame);
          return acknowledge(data.length);
        }
        acknowledge(WATCH_ACK_CHARS);
        isFirst = false;
        clearTimeout(timer);
        if (frame.type === "created") this.through = frame.from - 1;
        resolve(frame);
      });
      const gone = (): void => {
        clearTimeout(timer);
        resolve(undefined);
        if (this.#socket === socket && !isFirst) void this.#again();
      };
      socket.addEventListener("close", gone);
      socket.addEventListener("error", gone);
      socket.accept();
    });
  }

  /** Counts the frames taken from one socket, and tells the learner, which sends no more than a window ahead. */
  #acknowledger(socket: WebSocket): (chars: number) => void {
    let [frames, unsaid] = [0, 0];
    return (chars) => {
      frames++;
      unsaid += chars;
      if (unsaid < WATCH_ACK_CHARS) return;
      const message = watchControlAck(frames);
      [frames, unsaid] = [0, 0];
      this.#whenRoom(() => {
        if (this.#socket === socket) ignoring(() => socket.send(message));
      });
    };
  }

  #take(frame: WatchFrame): void {
    if (frame.type === "created") return;
    if (frame.type === "cancelled" && frame.code === "too-slow") return void this.#again();
    if (frame.type === "cancelled") this.close();
    else this.through = Math.max(this.through, frame.revision);
    if (frame.type === "progress") return;
    if (this.#waiting === undefined) this.#hear(frame);
    else this.#waiting.push(frame);
  }

  /** Goes on after what was told, with whichever learner answers. */
  async #again(): Promise<void> {
    this.#drop();
    for (let attempt = 0; attempt < ATTEMPTS_MAX && !this.#closed; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const first = await this.#connect({ ...this.#request, from: this.through + 1 });
      if (first?.type === "cancelled") this.#take(first);
      if (first !== undefined) return;
      this.#drop();
    }
    if (!this.#closed) this.#hear(undefined);
  }

  #tick(): void {
    if (Date.now() - this.#heardAt > SILENCE_MS_MAX) return void this.#again();
    ignoring(() => this.#socket?.send(WATCH_PING));
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    ignoring(() => socket?.close(1000, "done"));
  }
}

/** A socket that is gone says so by throwing; its `close` was told, too. */
function ignoring(act: () => void): void {
  try {
    act();
  } catch {
    // Gone is gone.
  }
}
