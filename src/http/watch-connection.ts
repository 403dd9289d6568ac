import { WATCH_WINDOW_BYTES } from "../api/limits.ts";
import { watchControlAck } from "../api/watch-control.ts";
import { WATCH_PING, WATCH_PONG, watchFrameBare, watchFrameHead } from "../api/watch-frame.ts";
import { CLOSE_TOO_SLOW } from "../node/watch/watch-close.ts";
import { Signal } from "./signal.ts";

/** A learner that has said nothing for so long, not even to a ping, is gone. */
const SILENCE_MS_MAX = 40_000;

/** A learner sends a window, and one frame of any size beyond it. */
const WAITING_CHARS_MAX = 6 * WATCH_WINDOW_BYTES;

/** Why a connection to a learner ended: the learner closed it, or said nothing for too long, or dropped the reader. */
export type ConnectionEnd = "closed" | "silent" | "too-slow";

/**
 * One WebSocket to a learner. Frames wait here until the reader takes them, and are acknowledged then, so that the
 * learner sends no more than its window ahead.
 */
export class WatchConnection {
  readonly #socket: WebSocket;
  readonly #changed: () => void;
  readonly #waiting: string[] = [];
  readonly #news = new Signal();
  #waitingChars = 0;
  #heardAt = Date.now();
  #end: ConnectionEnd | undefined;

  /** `changed` is called when a frame arrives, and at the end. */
  constructor(socket: WebSocket, changed: () => void) {
    this.#socket = socket;
    this.#changed = changed;
    socket.addEventListener("message", ({ data }) => this.#heard(data));
    socket.addEventListener("close", ({ code }) => this.#ended(code === CLOSE_TOO_SLOW ? "too-slow" : "closed"));
    socket.addEventListener("error", () => this.#ended("closed"));
    socket.accept();
  }

  /** Waits for a frame, or the end. */
  async firstFrame(ms: number): Promise<void> {
    if (!this.hasFrame && this.#end === undefined) await this.#news.wait(ms);
  }

  get hasFrame(): boolean {
    return this.#waiting.length > 0;
  }

  /** Why no more frames will arrive; undefined while they may. */
  get end(): ConnectionEnd | undefined {
    return this.#end;
  }

  /** The frame that `take` gives. */
  get next(): string | undefined {
    return this.#waiting[0];
  }

  /** The next frame. If the learner wants to hear of it, this acknowledges it. */
  take(): string | undefined {
    const frame = this.#waiting.shift();
    if (frame === undefined) return undefined;
    this.#waitingChars -= frame.length;
    const token = watchFrameHead(frame)?.ack;
    if (token !== undefined) ignoring(() => this.#socket.send(watchControlAck(token)));
    return watchFrameBare(frame);
  }

  /** Asks the learner for a sign of life, and gives it up when the last one is too long ago. */
  tick(): void {
    if (Date.now() - this.#heardAt > SILENCE_MS_MAX) return this.#ended("silent");
    ignoring(() => this.#socket.send(WATCH_PING));
  }

  /** The reader wants no more; what waits is dropped. */
  close(): void {
    this.#waiting.length = 0;
    this.#ended("closed");
  }

  #heard(data: string | ArrayBuffer): void {
    this.#heardAt = Date.now();
    if (typeof data !== "string" || data === WATCH_PONG || this.#end !== undefined) return;
    this.#waiting.push(data);
    this.#waitingChars += data.length;
    // The learner keeps to its window; one that does not must not fill this Worker's memory.
    if (this.#waitingChars > WAITING_CHARS_MAX) this.#ended("too-slow");
    else this.#tell();
  }

  #ended(how: ConnectionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = how;
    ignoring(() => this.#socket.close(1000, "done"));
    this.#tell();
  }

  #tell(): void {
    this.#news.wake();
    this.#changed();
  }
}

/** The other end may be gone already; then `send` and `close` throw, and its `close` event has arrived or will. */
function ignoring(act: () => void): void {
  try {
    act();
  } catch {
    // Nothing is left to do for a connection that is gone.
  }
}
