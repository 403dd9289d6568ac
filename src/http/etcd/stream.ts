import { utf8Encode } from "../../api/bytes.ts";
import { WATCH_STALL_MS_MAX } from "../../api/limits.ts";
import { Signal } from "../signal.ts";
import { EtcdError } from "./codec/error.ts";
import { errorLine } from "./codec/watch.ts";
import { linesResponse } from "./response.ts";

/** A watch is passed on while the reader is behind by less than this, … */
const READY_BYTES_MAX = 64 * 1024;
/** … and what does not wait for it is cut off when the reader is further behind than this. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;

/** The answering half of a gRPC stream, one JSON text a line. Whichever side ends first ends the other. */
export class LineStream {
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #atEnd: (() => void)[] = [];
  readonly #room = new Signal();
  isClosed = false;
  /** A message that is sent in parts has begun. */
  #isMidMessage = false;
  /** Lines that wait for its end. */
  readonly #waiting: string[] = [];

  constructor(signal: AbortSignal | undefined) {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#room.wake(),
        cancel: () => this.#closed(),
      },
      { highWaterMark: READY_BYTES_MAX, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    signal?.addEventListener("abort", () => this.#closed());
  }

  /** Calls `act` once it is over, whoever ended it. */
  whenClosed(act: () => void): void {
    if (this.isClosed) act();
    else this.#atEnd.push(act);
  }

  /**
   * Until the reader has taken most of what was sent, and the message that was begun is over, unless it is the caller's.
   * A reader that takes nothing for too long is cut off.
   */
  async room(isOwnMessage = false): Promise<void> {
    const until = Date.now() + WATCH_STALL_MS_MAX;
    const isBusy = () => this.#isMidMessage && !isOwnMessage;
    while (!this.isClosed && (isBusy() || (this.#controller?.desiredSize ?? 0) <= 0)) {
      if (!isBusy() && Date.now() >= until) return this.fail(EtcdError.named("reader-too-slow"));
      await this.#room.wait(WATCH_STALL_MS_MAX);
    }
  }

  /** A part of a line; until the last one, other lines wait. */
  sendPart(text: string, isLast: boolean): void {
    this.#isMidMessage = false;
    this.send(text);
    this.#isMidMessage = !isLast;
    if (!isLast) return;
    for (const line of this.#waiting.splice(0)) this.send(line);
    this.#room.wake();
  }

  send(line: string): void {
    if (this.isClosed) return;
    if (this.#isMidMessage) return void this.#waiting.push(line);
    const isBehind = (this.#controller?.desiredSize ?? 0) < -BACKLOG_BYTES_MAX;
    if (isBehind) return this.fail(EtcdError.named("reader-too-slow"));
    this.#controller?.enqueue(utf8Encode(line));
  }

  end(): void {
    if (this.isClosed) return;
    this.#controller?.close();
    this.#closed();
  }

  fail({ code, status, message }: EtcdError): void {
    if (this.isClosed) return;
    // Half a line can not be followed by one that says why.
    if (this.#isMidMessage) {
      this.#controller?.error(new Error(message));
      return this.#closed();
    }
    this.#controller?.enqueue(utf8Encode(errorLine(code, status, STATUS_TEXTS[status] ?? "", message)));
    this.end();
  }

  #closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#room.wake();
    for (const act of this.#atEnd) act();
  }
}

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Answers at once, and lets `write` go on after that. */
export function streamResponse(write: (stream: LineStream) => Promise<void>, signal?: AbortSignal): Response {
  const stream = new LineStream(signal);
  write(stream).catch((error: unknown) => {
    // A request that can not be read ends the requests; etcd ends the answers then, and says nothing.
    if (error instanceof EtcdError && error.code === 2) return stream.end();
    if (!(error instanceof EtcdError)) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      console.error(JSON.stringify({ level: "error", event: "stream-failed", error: `${name}: ${message}` }));
    }
    stream.fail(error instanceof EtcdError ? error : new EtcdError("internal", "internal error"));
  });
  return linesResponse(stream.body);
}
