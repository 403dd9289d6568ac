/** A4, C4. Watchers that take what they never read. */
import { sleep } from "../e2e/client.ts";
import { watch } from "../e2e/watcher.ts";
import type { Arena } from "./arena.ts";
import { type Attack, verdict } from "./attack.ts";
import { surely, txn } from "./load.ts";
import { RawConnection } from "./raw.ts";

const MIB = 1024 * 1024;
const LARGE_KEYS = 15;

async function largeKeysFill(arena: Arena, namespace: string): Promise<void> {
  const client = arena.client(namespace);
  for (let index = 0; index < LARGE_KEYS; index++) {
    await surely(() => client.put(`large/${index}`, "x".repeat(MIB - 4_096)));
  }
}

/** All of them in one revision, so that one event carries them all. */
function largeKeysDelete(arena: Arena, namespace: string): Promise<unknown> {
  return surely(() => txn(arena.client(namespace), { success: [{ delete: { prefix: "large/" } }] }));
}

/** Whether somebody who reads is still told of a change. */
async function isTold(arena: Arena, namespace: string): Promise<boolean> {
  const client = arena.client(namespace);
  const reader = await watch(client, "event-stream", { prefix: "small" });
  await surely(() => client.put("small", "1"));
  const isHeard = await reader.until(({ seen }) => seen.length > 0);
  reader.close();
  return isHeard;
}

const idleWatchers: Attack = {
  kind: "served",
  name: "A4 idle watchers, and fifteen 1 MiB keys deleted with prev_kv",
  async run(arena, scale) {
    await largeKeysFill(arena, "idle");
    const sockets: RawConnection[] = [];
    for (let index = 0; index < (scale === "long" ? 200 : 20); index++) {
      sockets.push(await RawConnection.watch(arena.port, "idle", "?prefix=&prev_kv=true"));
    }
    for (const socket of sockets) socket.stall();
    await largeKeysDelete(arena, "idle");
    await sleep(scale === "long" ? 5_000 : 1_000);
    const heard = await isTold(arena, "idle");
    for (const socket of sockets) socket.end();
    return verdict(`${sockets.length} watchers`, [heard, "a watcher that reads was not told"]);
  },
};

const falseAcknowledgements: Attack = {
  kind: "served",
  name: "A4 64 watches on a socket that acknowledges what it never read",
  async run(arena, scale) {
    await largeKeysFill(arena, "false");
    const socket = await RawConnection.watch(arena.port, "false", "");
    for (let id = 1; id <= 64; id++) {
      socket.say(JSON.stringify({ type: "create", id, prefix: "", from: 1, prev_kv: true }));
    }
    socket.stall();
    for (let index = 0; index < (scale === "long" ? 2_000 : 200); index++) {
      socket.say(JSON.stringify({ type: "ack", frames: 8 }));
      await sleep(5);
    }
    const heard = await isTold(arena, "false");
    socket.end();
    return verdict(socket.isClosed ? "closed" : "held back", [heard, "a watcher that reads was not told"]);
  },
};

const stalledGateway: Attack = {
  kind: "served",
  name: "A4 stalled watches of etcd's gateway",
  async run(arena, scale) {
    await largeKeysFill(arena, "stalled");
    const body = JSON.stringify({
      create_request: { key: "AA==", range_end: "AA==", start_revision: "1", prev_kv: true },
    });
    const sockets: RawConnection[] = [];
    for (let index = 0; index < (scale === "long" ? 100 : 10); index++) {
      const socket = await RawConnection.open(
        arena.port,
        `POST /v3/watch HTTP/1.1\r\nHost: localhost:${arena.port}\r\nsynod-namespace: stalled\r\n` +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      );
      socket.stall();
      sockets.push(socket);
    }
    await largeKeysDelete(arena, "stalled");
    await sleep(scale === "long" ? 5_000 : 1_000);
    const heard = await isTold(arena, "stalled");
    for (const socket of sockets) socket.end();
    return verdict(`${sockets.length} watches`, [heard, "a watcher that reads was not told"]);
  },
};

/** C4. A reader that keeps up is told all of a change that is larger than a frame. */
const largeChange: Attack = {
  kind: "served",
  name: "A8 a change of 15 MiB over an event stream with prev_kv",
  async run(arena) {
    await largeKeysFill(arena, "large");
    const client = arena.client("large");
    const abort = new AbortController();
    const response = await fetch(`${client.base}/v1/large/watch?prefix=&prev_kv=true`, {
      headers: { accept: "text/event-stream", connection: "close" },
      signal: abort.signal,
    });
    const read = deletesRead(response, LARGE_KEYS);
    await largeKeysDelete(arena, "large");
    const { deletes, ended } = await read;
    abort.abort();
    return verdict(`${deletes} of ${LARGE_KEYS} told${ended}`, [deletes === LARGE_KEYS, "not told whole"]);
  },
};

async function deletesRead(response: Response, wanted: number): Promise<{ deletes: number; ended: string }> {
  const decoder = new TextDecoder();
  let deletes = 0;
  let tail = "";
  for await (const chunk of response.body ?? []) {
    const text = tail + decoder.decode(chunk, { stream: true });
    deletes += text.split('"type":"delete"').length - 1;
    // What may be the beginning of the next one.
    tail = text.slice(-20).includes('"type":"delete"') ? "" : text.slice(-14);
    const cancelled = /"code":"([a-z-]+)"/.exec(text)?.[1];
    if (cancelled !== undefined) return { deletes, ended: `, cancelled as ${cancelled}` };
    if (deletes >= wanted) return { deletes, ended: "" };
  }
  return { deletes, ended: ", the stream ended" };
}

export const WATCHER_ATTACKS: readonly Attack[] = [idleWatchers, falseAcknowledgements, stalledGateway, largeChange];
