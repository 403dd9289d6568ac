/**
 * HTTP/1.1 on one kept-alive connection, one request at a time, and nothing that costs the machine more than it must:
 * a load generator shares the cores with what it measures.
 */
import { connect, type Socket } from "node:net";

export interface Reply {
  readonly status: number;
  /** Status line and headers as they came. */
  readonly head: string;
  readonly body: Buffer;
}

const EMPTY = Buffer.alloc(0);
const TIMEOUT_MS = 60_000;

export class HttpConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  #pending: Buffer = EMPTY;
  #done: ((reply: Reply | Error) => void) | undefined;
  /** What is under way, as long as it may be sent once more. */
  #again: Buffer | undefined;
  /** Requests sent once more because the server had closed the connection between two of them, as servers may. */
  resent = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /**
   * Calls `done` with the answer, or with what went wrong; the next request opens a new connection then. A connection
   * that was used before and closes without a byte of an answer is taken for one that was closed for being idle.
   */
  send(request: Buffer, done: (reply: Reply | Error) => void): void {
    if (this.#done !== undefined) throw new Error("a request is under way on this connection");
    this.#done = done;
    this.#again = this.#socket === undefined ? undefined : request;
    this.#socket ??= this.#open();
    this.#socket.write(request);
  }

  ask(request: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.send(request, (reply) => (reply instanceof Error ? reject(reply) : resolve(reply)));
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: "127.0.0.1", port: this.#port, noDelay: true });
    socket.setTimeout(TIMEOUT_MS, () => {
      if (this.#done === undefined) return;
      this.#again = undefined;
      socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`));
    });
    let failed = new Error("the server closed the connection");
    socket.on("data", (chunk: Buffer) => this.#heard(chunk));
    socket.on("error", (error) => {
      failed = error;
    });
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
      const isUnheard = this.#pending.length === 0;
      this.#pending = EMPTY;
      if (isUnheard && this.#again !== undefined && this.#done !== undefined) this.#sendAgain(this.#again);
      else this.#finish(failed);
    });
    return socket;
  }

  #sendAgain(request: Buffer): void {
    this.resent++;
    this.#again = undefined;
    this.#socket = this.#open();
    this.#socket.write(request);
  }

  #heard(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const reply = replyRead(this.#pending);
    if (reply === undefined) return;
    this.#pending = EMPTY;
    this.#finish(reply);
  }

  #finish(reply: Reply | Error): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(reply);
  }
}

/** The one reply in `buffer`; undefined until all of it is there. */
function replyRead(buffer: Buffer): Reply | undefined {
  const headEnd = buffer.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = buffer.toString("latin1", 0, headEnd);
  const status = Number(head.slice(9, 12));
  const length = header(head, "content-length");
  if (length !== undefined) {
    const end = headEnd + 4 + Number(length);
    return buffer.length < end ? undefined : { status, head, body: buffer.subarray(headEnd + 4, end) };
  }
  if (status === 204 || status === 304) return { status, head, body: EMPTY };
  const body = chunksRead(buffer, headEnd + 4);
  return body && { status, head, body };
}

function chunksRead(buffer: Buffer, from: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = buffer.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const length = Number.parseInt(buffer.toString("latin1", at, lineEnd), 16);
    const end = lineEnd + 2 + length;
    if (!(buffer.length >= end + 2)) return undefined;
    if (length === 0) return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    chunks.push(buffer.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}

/** A header's value; names are compared without case. */
export function header(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*?) *$`, "im").exec(head)?.[1];
}

/** The bytes of a request, made once and sent often. */
export function requestBytes(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = EMPTY,
): Buffer {
  const bytes = Buffer.from(body as Uint8Array);
  const all = { host: "127.0.0.1", ...headers, ...(method === "GET" ? {} : { "content-length": `${bytes.length}` }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), bytes]);
}

/** As many connections as there are requests at once, each kept for the next. */
export class HttpPool {
  readonly #port: number;
  readonly #idle: HttpConnection[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  async ask(request: Buffer): Promise<Reply> {
    const connection = this.#idle.pop() ?? new HttpConnection(this.#port);
    try {
      return await connection.ask(request);
    } finally {
      this.#idle.push(connection);
    }
  }

  close(): void {
    for (const connection of this.#idle) connection.close();
  }
}
