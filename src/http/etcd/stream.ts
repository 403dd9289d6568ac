import { utf8Encode } from "../../api/bytes.ts";
import { EtcdError } from "./codec/error.ts";
import { errorLine } from "./codec/watch.ts";
import { linesResponse } from "./response.ts";

/** A reader that is further behind than this is waited for, … */
const READY_BYTES_MAX = 1024 * 1024;
/** … and by so much more it is cut off. */
const BACKLOG_BYTES_MAX = 16 * 1024 * 1024;

/** The answering half of a gRPC stream, one JSON text a line. Whichever side ends first ends the other. */
export class LineStream {
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #atEnd: (() => void)[] = [];
  readonly #atRoom: (() => void)[] = [];
  isClosed = false;

  constructor(signal: AbortSignal | undefined) {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          for (const act of this.#atRoom.splice(0)) act();
        },
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

  /** Calls `act` when the reader has taken most of what was sent: at once, or later, or never. */
  whenRoom(act: () => void): void {
    if ((this.#controller?.desiredSize ?? 0) > 0) act();
    else this.#atRoom.push(act);
  }

  send(line: string): void {
    if (this.isClosed) return;
    const isBehind = (this.#controller?.desiredSize ?? 0) < -BACKLOG_BYTES_MAX;
    if (isBehind) return this.fail(new EtcdError("resource-exhausted", "the reader is too slow"));
    this.#controller?.enqueue(utf8Encode(line));
  }

  end(): void {
    if (this.isClosed) return;
    this.#controller?.close();
    this.#closed();
  }

  fail({ code, status, message }: EtcdError): void {
    if (this.isClosed) return;
    this.#controller?.enqueue(utf8Encode(errorLine(code, status, STATUS_TEXTS[status] ?? "", message)));
    this.end();
  }

  #closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
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
    if (!(error instanceof EtcdError)) console.error("a stream failed", error);
    stream.fail(error instanceof EtcdError ? error : new EtcdError("internal", "internal error"));
  });
  return linesResponse(stream.body);
}
