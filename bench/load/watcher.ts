/** A WebSocket that only listens: thousands of them cost little. */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

const HANDSHAKE_MS_MAX = 20_000;
const TEXT = 1;

export class Watcher {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Resolves when the learner has said that the watch stands. `heard`: every frame after that, as text. */
  static open(
    port: number,
    path: string,
    headers: Readonly<Record<string, string>>,
    heard: (frame: string) => void,
  ): Promise<Watcher> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true });
      const watcher = new Watcher(socket);
      const timer = setTimeout(() => socket.destroy(new Error("no watch in time")), HANDSHAKE_MS_MAX);
      let stands = false;
      const frames = new Frames((frame) => {
        if (stands) return heard(frame);
        stands = true;
        clearTimeout(timer);
        resolve(watcher);
        if (!frame.startsWith('{"type":"created"')) heard(frame);
      });
      socket.on("data", (chunk: Buffer) => frames.add(chunk));
      socket.on("error", reject);
      socket.on("close", () => reject(new Error(`the watch was refused: ${frames.refusal}`)));
      socket.write(upgrade(path, headers));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

function upgrade(path: string, headers: Readonly<Record<string, string>>): string {
  const all = {
    host: "127.0.0.1",
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** Cuts what a server sends, after the handshake's answer, into messages (RFC 6455, section 5.2). */
class Frames {
  readonly #message: (text: string) => void;
  #pending: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #parts: Buffer[] = [];
  refusal = "";

  constructor(message: (text: string) => void) {
    this.#message = message;
  }

  add(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (!this.#isOpen && !this.#handshake()) return;
    while (this.#frame());
  }

  #handshake(): boolean {
    const end = this.#pending.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const head = this.#pending.toString("latin1", 0, end);
    if (!head.startsWith("HTTP/1.1 101")) {
      this.refusal = this.#pending.toString("latin1");
      return false;
    }
    this.#pending = this.#pending.subarray(end + 4);
    this.#isOpen = true;
    return true;
  }

  /** Takes one frame; false when there is no whole one. */
  #frame(): boolean {
    const buffer = this.#pending;
    if (buffer.length < 2) return false;
    const first = buffer[0] ?? 0;
    const short = (buffer[1] ?? 0) & 0x7f;
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (buffer.length < head) return false;
    const length = short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
    if (buffer.length < head + length) return false;
    this.#pending = buffer.subarray(head + length);
    const kind = first & 0x0f;
    if (kind > TEXT) return true;
    this.#parts.push(buffer.subarray(head, head + length));
    if ((first & 0x80) === 0) return true;
    const text = Buffer.concat(this.#parts).toString("utf8");
    this.#parts = [];
    this.#message(text);
    return true;
  }
}
