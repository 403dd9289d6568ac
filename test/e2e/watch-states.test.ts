/** What a watcher is told besides changes: that its past was compacted away, and that its learner may have missed something. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, networkSet } from "./client.ts";
import { DevServer } from "./server.ts";
import { type Transport, watch } from "./watcher.ts";

const TRANSPORTS: readonly Transport[] = ["websocket", "event-stream"];

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

test.each(TRANSPORTS)(
  "over a %s, a watch that compaction overtook is given all keys anew, if it asks for that",
  async (transport) => {
    const client = new Client(server.base, `resync-${transport}`);
    for (const value of ["1", "2", "3"]) await client.put("k/a", value);
    await client.put("k/b", "b");
    const { revision } = await client.put("other", "x");
    const compacted = await fetch(`${client.base}/v1/${client.namespace}/compact`, {
      method: "POST",
      body: JSON.stringify({ revision }),
    });
    expect(compacted.status).toBe(200);
    await expect(watch(client, transport, { prefix: "k/", from: 2 })).rejects.toThrow(/compacted|410/);
    const watcher = await watch(client, transport, { prefix: "k/", from: 2, resync: "true" });
    await watcher.until(({ seen }) => seen.length === 2);
    expect(watcher.frames.map(({ type }) => type)).toEqual(["created", "reset", "events"]);
    expect(watcher.seen.map(({ key, value }) => `${key}=${value}`)).toEqual(["k/a=3", "k/b=b"]);
    await client.put("k/c", "c");
    await watcher.until(({ seen }) => seen.length === 3);
    expect(watcher.seen.at(-1)).toMatchObject({ key: "k/c", value: "c" });
    watcher.close();
  },
);

test("a watch that asks for progress is told when its learner can not tell any more that it missed nothing", async () => {
  const client = new Client(server.base, "stale", "enam");
  await client.put("k", "1");
  const watcher = await watch(client, "event-stream", { prefix: "", progress: "true" });
  await networkSet(server.base, { down: ["wnam", "weur", "apac"] });
  await watcher.until(({ frames }) => frames.some(({ type }) => type === "stale"));
  expect(watcher.frames.some(({ type }) => type === "stale")).toBe(true);
  await networkSet(server.base, {});
  await client.put("k", "2");
  await watcher.until(({ seen }) => seen.length > 0);
  expect(watcher.seen).toMatchObject([{ key: "k", value: "2" }]);
  watcher.close();
});
