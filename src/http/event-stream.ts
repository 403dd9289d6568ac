import { utf8Encode } from "../api/bytes.ts";
import { WATCH_ACK_CHARS, WATCH_UNCONFIRMED_CHARS_MAX } from "../api/limits.ts";
import { ProblemError } from "../api/problem.ts";
import { watchControlAck } from "../api/watch-control.ts";
import { WATCH_PING, WATCH_PONG, watchFrameCancelled, watchFrameHead, watchFrameParse } from "../api/watch-frame.ts";
import { CLOSE_TOO_SLOW } from "../node/watch/watch-hub.ts";

/** Between two comments that keep the stream open; and between two pings to the learner. */
const PING_MS = 15_000;
/** A learner that has said nothing for so long, not even to a ping, is gone. */
const SILENCE_MS_MAX = 40_000;
/** A learner has this long to say what becomes of the watch. */
const FIRST_FRAME_MS_MAX = 8_000;
/** What a client waits before it connects again. */
const RETRY_MS = 1_000;

/**
 * A learner's watch as Server-Sent Events (HTML Living Standard, §9.2).
 *
 * The answer waits for the learner's first frame, so that a watch that cannot be is an honest HTTP error: a browser's
 * EventSource gives up on an error, but would reconnect for ever to a stream that ends.
 */
export async function eventStream(socket: WebSocket, signal: AbortSignal | undefined): Promise<Response> {
  const feed = new Feed(socket);
  const first = await feed.first();
  const head = first === undefined ? undefined : watchFrameHead(first);
  if (first === undefined || head === undefined) {
    feed.close();
    throw new ProblemError("no-quorum", "the learner did not answer", {}, { "retry-after": "1" });
  }
  if (head.type === "cancelled") {
    feed.close();
    throw cancelledProblem(first);
  }
  signal?.addEventListener("abort", () => feed.close());
  return new Response(feed.stream(first), {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "synod-revision": `${head.revision}`,
      "synod-path": "local; trips=0",
    },
  });
}

function cancelledProblem(frame: string): ProblemError {
  const cancelled = watchFrameParse(frame);
  if (cancelled?.type !== "cancelled") return new ProblemError("internal", "the learner's answer makes no sense");
  const { revision, code, compact_revision } = cancelled;
  const headers = { "synod-revision": `${revision}`, "synod-path": "local; trips=0" };
  if (code !== "compacted")
    return new ProblemError("invalid-request", `the learner refused: ${code}`, { revision }, headers);
  const more = { revision, ...(compact_revision === undefined ? {} : { compact_revision }) };
  return new ProblemError("compacted", "the watch would start at a revision that is gone", more, headers);
}

/** One frame as one event. Plain events are changes; the other kinds are named. */
export function eventStreamText(frame: string): string {
  const head = watchFrameHead(frame);
  if (head === undefined) return "";
  const name = head.type === "events" ? "" : `event: ${head.type}\n`;
  return `${idLine(frame, head)}${name}data: ${frame}\n\n`;
}

/** The id is where to resume: everything up to it has been told. A cancelled watch has told nothing more. */
function idLine(frame: string, head: { readonly type: string; readonly revision: number }): string {
  if (head.type === "cancelled") return "";
  if (head.type !== "created") return `id: ${head.revision}\n`;
  const created = watchFrameParse(frame);
  return created?.type === "created" && created.from > 0 ? `id: ${created.from - 1}\n` : "";
}

/**
 * The two ends of a stream: the learner's socket, and the reader. Whichever ends first ends the other.
 *
 * Frames wait here until the reader takes them, and are acknowledged then: the learner sends no more than a window
 * ahead, and drops a reader that takes nothing for too long.
 */
class Feed {
  readonly #socket: WebSocket;
  readonly #waiting: string[] = [];
  #waitingChars = 0;
  /** Taken by the reader, not yet acknowledged. */
  #taken = { frames: 0, chars: 0 };
  #hasAcknowledged = false;
  #wake: (() => void) | undefined;
  #timer: number | null = null;
  #heardAt = Date.now();
  #revision = 0;
  #ended: "open" | "ended" | "too-slow" = "open";

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#heard(data));
    socket.addEventListener("close", ({ code }) => this.#end(code === CLOSE_TOO_SLOW ? "too-slow" : "ended"));
    socket.addEventListener("error", () => this.close());
    socket.accept();
  }

  /** The learner's first frame; undefined when it does not come. */
  async first(): Promise<string | undefined> {
    if (this.#waiting.length === 0 && this.#ended === "open") await this.#news(FIRST_FRAME_MS_MAX);
    return this.#take();
  }

  stream(first: string): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          controller.enqueue(utf8Encode(`retry: ${RETRY_MS}\n\n${eventStreamText(first)}`));
          if (this.#ended === "open") this.#timer = setInterval(() => this.#tick(), PING_MS);
        },
        pull: (controller) => this.#pull(controller),
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  close(): void {
    this.#end("ended");
  }

  /** One frame, or a comment when none comes for a while, or the end. */
  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#waiting.length === 0 && this.#ended === "open") await this.#news(PING_MS);
    const frame = this.#take();
    if (frame !== undefined) return controller.enqueue(utf8Encode(eventStreamText(frame)));
    if (this.#ended === "open") return controller.enqueue(utf8Encode(": ping\n\n"));
    if (this.#ended === "too-slow") {
      controller.enqueue(utf8Encode(eventStreamText(watchFrameCancelled(this.#revision, "too-slow"))));
    }
    controller.close();
  }

  #take(): string | undefined {
    const frame = this.#waiting.shift();
    if (frame === undefined) return undefined;
    this.#waitingChars -= frame.length;
    this.#revision = watchFrameHead(frame)?.revision ?? this.#revision;
    const { frames, chars } = this.#taken;
    this.#taken = { frames: frames + 1, chars: chars + frame.length };
    // The first at once: from then on the learner knows that it may rely on it.
    if (this.#taken.chars >= WATCH_ACK_CHARS || !this.#hasAcknowledged) this.#acknowledge();
    return frame;
  }

  #acknowledge(): void {
    const { frames } = this.#taken;
    this.#taken = { frames: 0, chars: 0 };
    this.#hasAcknowledged = true;
    ignoring(() => this.#socket.send(watchControlAck(frames)));
  }

  /** Until something is heard, or the feed ends, or `ms` have passed. */
  #news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #heard(data: string | ArrayBuffer): void {
    this.#heardAt = Date.now();
    if (typeof data !== "string" || data === WATCH_PONG || this.#ended !== "open") return;
    this.#waiting.push(data);
    this.#waitingChars += data.length;
    this.#wake?.();
    if (watchFrameHead(data)?.type === "cancelled") this.close();
    // The learner keeps to the window; one that does not must not fill our memory.
    else if (this.#waitingChars > 2 * WATCH_UNCONFIRMED_CHARS_MAX) this.#end("too-slow");
  }

  #end(how: "ended" | "too-slow"): void {
    if (this.#ended !== "open") return;
    this.#ended = how;
    clearInterval(this.#timer);
    this.#wake?.();
    ignoring(() => this.#socket.close(1000, "done"));
  }

  #tick(): void {
    if (Date.now() - this.#heardAt > SILENCE_MS_MAX) return this.close();
    ignoring(() => this.#socket.send(WATCH_PING));
  }
}

/** Both ends may be gone already, and say so by throwing. */
function ignoring(act: () => void): void {
  try {
    act();
  } catch {
    // Gone is what it was to become.
  }
}
