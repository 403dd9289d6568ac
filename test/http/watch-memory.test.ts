import { expect, test } from "vitest";
import { watchControlAck } from "../../src/api/watch-control.ts";
import { watchFrameHead } from "../../src/api/watch-frame.ts";
import { WATCH_LIMITS } from "../../src/node/watch/watch-limits.ts";
import { appSend, freshNamespace } from "./app.ts";

const MIB = 1024 * 1024;
const KEYS = 8;
const IDLE = 24;
const send = appSend();

/** Bytes that the learners say they hold for their watchers. */
async function heldBytes(ns: string): Promise<number> {
  const status = await (await send(`/v1/${ns}/status`)).json();
  const { learners } = status as { readonly learners: readonly { readonly watch_bytes?: number }[] };
  return Math.max(...learners.map(({ watch_bytes: bytes = 0 }) => bytes));
}

/** A watcher on a WebSocket. */
async function watcher(ns: string, heard: (text: string, socket: WebSocket) => void): Promise<WebSocket> {
  const { webSocket } = await send(`/v1/${ns}/watch?prefix=&prev_kv=true`, { headers: { upgrade: "websocket" } });
  if (webSocket === null) throw new Error("no watch");
  webSocket.addEventListener("message", ({ data }) => heard(data as string, webSocket));
  webSocket.accept();
  return webSocket;
}

test("many large keys deleted at once take a bounded memory, however many watchers take nothing, and reach who reads", async () => {
  const ns = freshNamespace();
  const value = "v".repeat(MIB);
  for (let key = 0; key < KEYS; key++) await send(`/v1/${ns}/kv/${key}`, { method: "PUT", body: value });
  const idle = await Promise.all(Array.from({ length: IDLE }, () => watcher(ns, () => {})));
  const deleted = new Set<string>();
  let parts = 0;
  const reader = await watcher(ns, (text, socket) => {
    const head = watchFrameHead(text);
    if (head?.more === true) parts++;
    for (const match of text.matchAll(/"type":"delete","key":"(\d+)"/g)) deleted.add(match[1] ?? "");
    if (head?.ack !== undefined) socket.send(watchControlAck(head.ack));
  });
  const body = JSON.stringify({ key: btoa("\0"), range_end: btoa("\0") });
  await send("/v3/kv/deleterange", { method: "POST", body, headers: { "synod-namespace": ns } });
  let most = 0;
  while (deleted.size < KEYS) {
    most = Math.max(most, await heldBytes(ns));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  most = Math.max(most, await heldBytes(ns));
  // All of them together would take a fifth of a gigabyte.
  expect(parts).toBeGreaterThan(1);
  expect(most).toBeGreaterThan(WATCH_LIMITS.heldBytesMax / 2);
  expect(most).toBeLessThan(WATCH_LIMITS.heldBytesMax + 4 * MIB);
  for (const socket of [...idle, reader]) socket.close();
  while ((await heldBytes(ns)) > WATCH_LIMITS.cachedBytesMax + 2 * MIB) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}, 240_000);
