/** Clients that hang up while their write is under way: the write happens for everybody, or for nobody. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCEPTORS, Client, networkSet, sleep } from "./client.ts";
import { DevServer } from "./server.ts";
import { watch } from "./watcher.ts";

/** Before, during and after the one round trip of a write, which takes 145 to 198 ms. */
const CUT_MS = [0, 2, 5, 10, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220];
/** Alarms finish what nobody else does, a second or so after the vote. */
const SETTLED_MS = 6_000;

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

async function putAndCut(client: Client, key: string, cutMs: number): Promise<"cut" | "answered"> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), cutMs);
  const answered = client.put(key, "v", { signal: controller.signal }).then(
    () => "answered" as const,
    () => "cut" as const,
  );
  return answered.finally(() => clearTimeout(timer));
}

test("a write whose client hangs up is told to all watchers within seconds, or never to anybody", async () => {
  const client = new Client(server.base, "cut");
  await client.put("first", "v");
  await networkSet(server.base, { wan: true });
  const watchers = await Promise.all(
    ACCEPTORS.map((region, index) =>
      watch(client.at(region), index % 2 === 0 ? "websocket" : "event-stream", { prefix: "k" }),
    ),
  );
  const outcomes = new Map<string, "cut" | "answered">();
  for (const [index, cutMs] of CUT_MS.entries()) {
    const region = ACCEPTORS[index % ACCEPTORS.length] ?? "enam";
    const key = `k${String(cutMs).padStart(3, "0")}`;
    outcomes.set(key, await putAndCut(client.at(region), key, cutMs));
  }
  expect([...outcomes.values()].filter((outcome) => outcome === "cut").length).toBeGreaterThan(CUT_MS.length / 2);

  await sleep(SETTLED_MS);
  const told = watchers.map((watcher) => watcher.text);
  expect(new Set(told).size, told.join("\n--\n")).toBe(1);
  const keys = new Set(watchers[0]?.seen.map(({ key }) => key));
  expect(watchers[0]?.seen).toHaveLength(keys.size);
  for (const [key, outcome] of outcomes) {
    if (outcome === "answered") expect(keys).toContain(key);
    expect((await client.get(key)).status, `${key}, told to watchers: ${keys.has(key)}`).toBe(
      keys.has(key) ? 200 : 404,
    );
  }
  console.log(`${keys.size} of ${outcomes.size} happened, ${[...outcomes.values()].join(" ")}`);

  // The reads have finished whatever was still open; nothing may come to light by that.
  await sleep(1_000);
  expect(watchers.map((watcher) => watcher.text)).toEqual(told);
  for (const watcher of watchers) watcher.close();
});

test("a client that hangs up in the middle of its body leaves nothing behind and harms nobody", async () => {
  await networkSet(server.base, {});
  const client = new Client(server.base, "half");
  await client.put("other", "v");
  for (let round = 0; round < 5; round++) {
    const controller = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      async pull(stream) {
        stream.enqueue(new Uint8Array(50_000));
        await sleep(20);
      },
    });
    const request = fetch(`${server.base}/v1/half/kv/k`, {
      method: "PUT",
      body,
      duplex: "half",
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 60);
    await expect(request).rejects.toThrow("aborted");
  }
  expect((await client.get("k")).status).toBe(404);
  expect((await client.put("k", "v")).status).toBe(201);
  expect(server.isRunning).toBe(true);
});
