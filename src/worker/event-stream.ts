import { utf8Encode } from "../wire/bytes.ts";
import { ProblemError } from "../wire/problem.ts";
import { WATCH_PING, WATCH_PONG, watchFrameCancelled, watchFrameHead, watchFrameParse } from "../wire/watch-frame.ts";

/** Between two comments that keep the stream open; and between two pings to the learner. */
const PING_MS = 15_000;
/** A learner that has said nothing for so long, not even to a ping, is gone. */
const SILENCE_MS_MAX = 40_000;
/** A learner has this long to say what becomes of the watch. */
const FIRST_FRAME_MS_MAX = 8_000;
/** A reader that is further behind than this is cut off, and resumes with its `Last-Event-ID`. */
const BACKLOG_BYTES_MAX = 8 * 1024 * 1024;
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

/** The two ends of a stream: the learner's socket, and the reader. Whichever ends first ends the other. */
class Feed {
  readonly #socket: WebSocket;
  readonly #waiting: string[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #wake: (() => void) | undefined;
  #timer: number | null = null;
  #heardAt = Date.now();
  #closed = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#heard(data));
    socket.addEventListener("close", () => this.close());
    socket.addEventListener("error", () => this.close());
    socket.accept();
  }

  /** The learner's first frame; undefined when it does not come. */
  async first(): Promise<string | undefined> {
    if (this.#waiting.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, FIRST_FRAME_MS_MAX);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#waiting.shift();
  }

  stream(first: string): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          const early = [first, ...this.#waiting.splice(0)].map(eventStreamText).join("");
          controller.enqueue(utf8Encode(`retry: ${RETRY_MS}\n\n${early}`));
          if (this.#closed) controller.close();
          else this.#timer = setInterval(() => this.#tick(), PING_MS);
        },
        cancel: () => this.close(),
      },
      { highWaterMark: BACKLOG_BYTES_MAX, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#wake?.();
    ignoring(() => this.#socket.close(1000, "done"));
    ignoring(() => this.#controller?.close());
  }

  #heard(data: string | ArrayBuffer): void {
    this.#heardAt = Date.now();
    if (typeof data !== "string" || data === WATCH_PONG) return;
    if (this.#controller === undefined) {
      this.#waiting.push(data);
      this.#wake?.();
    } else this.#send(data);
  }

  #send(frame: string): void {
    const controller = this.#controller;
    if (controller === undefined || this.#closed) return;
    const behind = (controller.desiredSize ?? 0) < 0;
    const head = watchFrameHead(frame);
    const sent = behind ? watchFrameCancelled(head?.revision ?? 0, "too-slow") : frame;
    controller.enqueue(utf8Encode(eventStreamText(sent)));
    if (behind || head?.type === "cancelled") this.close();
  }

  #tick(): void {
    if (Date.now() - this.#heardAt > SILENCE_MS_MAX) return this.close();
    ignoring(() => this.#controller?.enqueue(utf8Encode(": ping\n\n")));
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
