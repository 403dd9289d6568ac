/** `npm run serve`: the production-like server, which has no simulated network. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client } from "./client.ts";
import { DevServer } from "./server.ts";
import { watch } from "./watcher.ts";

const WRITERS = 40;

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start({}, []);
});
afterAll(() => server.dispose());

test("many writers at once have their own results, and readers and watchers hear of them all", async () => {
  const client = new Client(server.base, "served");
  for (const transport of ["websocket", "event-stream"] as const) {
    const watcher = await watch(client, transport, { prefix: `${transport}/` });
    const keys = Array.from({ length: WRITERS }, (_, index) => `${transport}/${index}`);
    const answers = await Promise.all(keys.map((key) => client.put(key, key)));
    expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 201));
    expect(new Set(answers.map(({ revision }) => revision)).size).toBe(WRITERS);
    const reads = await Promise.all(keys.map((key) => client.get(key)));
    expect(reads.map(({ text, etag }) => [text, etag])).toEqual(keys.map((key, index) => [key, answers[index]?.etag]));
    expect(await watcher.until(({ seen }) => seen.length === WRITERS)).toBe(true);
    watcher.close();
  }
});

test("the network is not to be played with, and where a client is it can not say", async () => {
  const response = await fetch(`${server.base}/dev/network`);
  expect(response.status).toBe(404);
  await response.body?.cancel();
});

test("after kill -9 all is there again", async () => {
  const client = new Client(server.base, "served");
  const written = await client.put("kept", "kept");
  expect(written.status).toBe(201);
  await server.kill();
  await server.start();
  expect(await client.get("kept")).toMatchObject({ status: 200, text: "kept", etag: written.etag });
});
