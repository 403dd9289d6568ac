/** Bytes that are hardly HTTP: each gets an answer or a quiet 4xx, and the log stays empty. */
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HANG_MS } from "./client.ts";
import { DevServer } from "./server.ts";

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

/** Sends `text`, then nothing more, and gives what comes back. */
function answerTo(text: string): Promise<string> {
  const { port } = new URL(server.base);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ host: "127.0.0.1", port: Number(port) }, () => socket.end(text));
    socket.setEncoding("latin1");
    socket.setTimeout(HANG_MS, () => socket.destroy(new Error(`no answer to ${text}`)));
    socket.on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

const HEAD = "Host: localhost\r\nConnection: close\r\n";
const PUT = `PUT /v1/broken/kv/a HTTP/1.1\r\n${HEAD}`;
const WATCH = `POST /v3/watch HTTP/1.1\r\n${HEAD}`;

test.each([
  ["HTTP/1.0", `GET /healthz HTTP/1.0\r\n${HEAD}\r\n`, /^HTTP\/1\.[01] 200 /],
  ["HTTP/1.0 without a Host", "GET /healthz HTTP/1.0\r\n\r\n", /^HTTP\/1\.[01] 400 /],
  ["a chunk without a length", `${PUT}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ["a chunk longer than it says", `${PUT}Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ["an upload cut off", `${PUT}Content-Length: 100\r\n\r\nabc`, /^HTTP\/1\.1 400 /],
  ["a chunk cut off", `${PUT}Transfer-Encoding: chunked\r\n\r\n5\r\nab`, /^HTTP\/1\.1 400 /],
  ["a stream cut off", `${WATCH}Content-Length: 100\r\n\r\n{"create_request":`, /^HTTP\/1\.1 400 /],
  ["a stream of broken chunks", `${WATCH}Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n`, /^HTTP\/1\.1 400 /],
  ["another server's name", "GET /healthz HTTP/1.1\r\nHost: rebound.test\r\nConnection: close\r\n\r\n", / 421 /],
])("%s", async (_, text, status) => {
  const answer = await answerTo(text);
  expect(answer).toMatch(status);
  expect(answer).not.toMatch(/\bat .*\.(?:js|ts):\d/);
});

test("nobody was alarmed by it", () => {
  expect(server.output).not.toContain('"event":"internal"');
});
