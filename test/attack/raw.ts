/** Connections that do what no good client does: read nothing, acknowledge what they never read, send half a body. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export class RawConnection {
  readonly socket: Socket;
  isClosed = false;
  received = 0;
  head = "";

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("close", () => {
      this.isClosed = true;
    });
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.length;
      if (this.head.length < 16_384) this.head += chunk.toString("latin1");
    });
  }

  static async open(port: number, text: string): Promise<RawConnection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const connection = new RawConnection(socket);
    socket.write(text);
    return connection;
  }

  /** A WebSocket on a watch. Returns when the server took it. */
  static async watch(port: number, namespace: string, query: string): Promise<RawConnection> {
    const connection = await RawConnection.open(
      port,
      `GET /v1/${namespace}/watch${query} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\n` +
        `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
    );
    await connection.heard(/^HTTP\/1.1 101/);
    return connection;
  }

  /** Resolves when what came begins as it should, or the connection is closed. */
  async heard(pattern: RegExp): Promise<boolean> {
    while (!pattern.test(this.head) && !this.isClosed) await new Promise((resolve) => setTimeout(resolve, 10));
    return pattern.test(this.head);
  }

  /** Reads nothing from now on: the kernel's buffers fill, and then the server's. */
  stall(): void {
    this.socket.pause();
  }

  /** A text message on a WebSocket, masked as a client has to (RFC 6455, 5.3). */
  say(text: string): void {
    if (this.isClosed) return;
    const payload = Buffer.from(text);
    const mask = randomBytes(4);
    const length =
      payload.length < 126
        ? Buffer.from([0x80 | payload.length])
        : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff]);
    this.socket.write(
      Buffer.concat([Buffer.from([0x81]), length, mask, payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]),
    );
  }

  end(): void {
    this.socket.destroy();
  }
}
