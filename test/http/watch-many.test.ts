import { env as bindings, evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { watchControlAck } from "../../src/api/watch-control.ts";
import { type WatchFrame, watchFrameParse } from "../../src/api/watch-frame.ts";
import { addressName, addressOf } from "../../src/network/address.ts";
import { configurationOf, type Env } from "../../src/objects/env.ts";
import { appSend, freshNamespace } from "./app.ts";

const env = bindings as unknown as Env;
const send = appSend();
const put = (ns: string, key: string, body: string) => send(`/v1/${ns}/kv/${key}`, { method: "PUT", body });

/** A client's WebSocket, and what came over it. */
class Client {
  readonly frames: WatchFrame[] = [];
  closed: readonly [number, string] | undefined;
  readonly #socket: WebSocket;
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const frame = watchFrameParse(data as string);
      if (frame !== undefined) this.frames.push(frame);
      if (frame?.ack !== undefined) this.say(watchControlAck(frame.ack));
      this.#wake();
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = [code, reason];
      this.#wake();
    });
    socket.accept();
  }

  static async open(ns: string, query = ""): Promise<Client> {
    const response = await send(`/v1/${ns}/watch${query}`, { headers: { upgrade: "websocket" } });
    if (response.webSocket === null) throw new Error(await response.text());
    return new Client(response.webSocket);
  }

  say(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  events(id: number | undefined): readonly string[] {
    return this.frames
      .filter(({ watch }) => watch === id)
      .flatMap((frame) => (frame.type === "events" ? frame.events : []))
      .map((event) => `${event.key}${event.type === "put" ? `=${event.value}` : ""}`);
  }

  created(id: number): Promise<void> {
    return this.until(() => this.frames.some(({ type, watch }) => type === "created" && watch === id));
  }

  close(): void {
    this.#socket.close(1000);
  }
}

/** Takes the memory of the learner that serves `enam`, and leaves its sockets. */
async function evict(ns: string): Promise<void> {
  const name = addressName(addressOf(configurationOf(env, ns), "learner", "enam"));
  await evictDurableObject(env.LEARNER.getByName(name), { webSockets: "hibernate" });
}

describe("one WebSocket", () => {
  test("carries several watches, created and cancelled on the way, through evictions of the learner", async () => {
    const ns = freshNamespace();
    await put(ns, "a", "1");
    const client = await Client.open(ns);
    client.say({ type: "create", id: 1, key: "a", from: 1 });
    client.say({ type: "create", id: 2, prefix: "b/", prev_kv: true });
    await client.until(() => client.events(1).length === 1);
    await client.created(2);
    await evict(ns);
    await put(ns, "b/x", "1");
    await put(ns, "a", "2");
    await client.until(() => client.events(1).length === 2 && client.events(2).length === 1);
    client.say({ type: "cancel", id: 1 });
    await client.until(() => client.frames.at(-1)?.type === "cancelled");
    await evict(ns);
    await put(ns, "a", "3");
    await put(ns, "b/x", "2");
    await client.until(() => client.events(2).length === 2);
    expect(client.events(1)).toEqual(["a=1", "a=2"]);
    expect(client.frames.at(-1)).toMatchObject({ watch: 2, events: [{ value: "2", prev: { value: "1" } }] });
    client.close();
  });

  test("keeps its other watches when one would start below the compacted revision", async () => {
    const ns = freshNamespace();
    for (const value of ["2", "3", "4"]) await put(ns, "a", value);
    await send(`/v1/${ns}/compact`, { method: "POST", body: '{"revision":4}' });
    const client = await Client.open(ns, "?key=a");
    client.say({ type: "create", id: 1, key: "a", from: 2 });
    await client.until(() => client.frames.some(({ type }) => type === "cancelled"));
    expect(client.frames.at(-1)).toMatchObject({ watch: 1, code: "compacted", compact_revision: 4 });
    await put(ns, "a", "5");
    await client.until(() => client.events(undefined).length === 1);
    expect(client.closed).toBeUndefined();
    client.close();
  });

  test.each(["no JSON", '{"type":"create"}'])("is closed by %s", async (message) => {
    const client = await Client.open(freshNamespace());
    client.say(message);
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.[0]).toBe(4400);
  });

  test("brings megabytes of history to a client that acknowledges", async () => {
    const ns = freshNamespace();
    const big = "v".repeat(1024 * 1024);
    for (let index = 0; index < 6; index++) await put(ns, "a", `${index}${big.slice(1)}`);
    const client = await Client.open(ns, "?key=a&from=1");
    await client.until(() => client.events(undefined).length === 6);
    expect(client.events(undefined).map((text) => text[2])).toEqual(["0", "1", "2", "3", "4", "5"]);
    client.close();
  }, 20_000);
});

test("an event stream brings megabytes of history, as fast as it is read", async () => {
  const ns = freshNamespace();
  const big = "v".repeat(1024 * 1024);
  for (let index = 0; index < 6; index++) await put(ns, "a", `${index}${big.slice(1)}`);
  const response = await send(`/v1/${ns}/watch?key=a&from=1`, { headers: { accept: "text/event-stream" } });
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/id: 7\n/.test(text) || !text.endsWith("\n\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  expect([...text.matchAll(/"value":"(\d)/g)].map((match) => match[1])).toEqual(["0", "1", "2", "3", "4", "5"]);
}, 20_000);
