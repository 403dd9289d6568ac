/** `kill -9` and a new start: what was acknowledged is there, and watches go on where they were. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCEPTORS, Client, sleep } from "./client.ts";
import { DevServer } from "./server.ts";
import { type Seen, type Transport, type Watcher, watch } from "./watcher.ts";

const LOAD_MS = 1_500;
const CLIENTS = 10;

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

interface Load {
  /** Keys whose write was acknowledged, with the revision it was told. */
  readonly acknowledged: ReadonlyMap<string, number>;
  readonly asked: ReadonlySet<string>;
  /** Resolves when every client has lost its server. */
  readonly ended: Promise<unknown>;
}

/** Clients in all regions that write one key after the other until the server is gone. */
function loadStart(namespace: string, name: string): Load {
  const acknowledged = new Map<string, number>();
  const asked = new Set<string>();
  const clients = Array.from({ length: CLIENTS }, async (_, index) => {
    const client = new Client(server.base, namespace, ACCEPTORS[index % ACCEPTORS.length] ?? "enam");
    for (let count = 0; ; count++) {
      const key = `w/${name}-${index}-${count}`;
      asked.add(key);
      const answer = await client.put(key, key).catch(() => undefined);
      if (answer === undefined) return;
      if (answer.status === 201) acknowledged.set(key, answer.etag);
    }
  });
  return { acknowledged, asked, ended: Promise.all(clients) };
}

test("after kill -9 in the middle of a write load, every acknowledged write is there, twice over", async () => {
  const client = new Client(server.base, "crash");
  const acknowledged = new Map<string, number>();
  const asked = new Set<string>();
  for (const name of ["one", "two"]) {
    const load = loadStart("crash", name);
    await sleep(LOAD_MS);
    await server.kill();
    await load.ended;
    await server.start();
    for (const [key, revision] of load.acknowledged) acknowledged.set(key, revision);
    for (const key of load.asked) asked.add(key);
    const there = new Map((await client.listAll("w/")).map(({ key, mod_revision }) => [key, mod_revision]));
    for (const [key, revision] of acknowledged) expect(there.get(key), key).toBe(revision);
    for (const key of there.keys()) expect(asked).toContain(key);
    console.log(`${acknowledged.size} acknowledged, ${there.size} there, ${asked.size} asked for`);
  }
  for (const region of ACCEPTORS) expect((await client.at(region).put("after", region)).problem).toBeUndefined();
});

/** A watch that connects again where it was, as clients do. */
async function resume(watcher: Watcher, client: Client, transport: Transport, how: "from" | "id"): Promise<Watcher> {
  if (how === "from") return watch(client, transport, { prefix: "w/", from: watcher.through + 1 });
  return watch(client, transport, { prefix: "w/" }, watcher.lastEventId);
}

test.each<{ transport: Transport; how: "from" | "id" }>([
  { transport: "websocket", how: "from" },
  { transport: "event-stream", how: "from" },
  { transport: "event-stream", how: "id" },
])("a watch by $transport that resumes by $how misses nothing and repeats nothing", async ({ transport, how }) => {
  const namespace = `resume-${transport}-${how}`;
  const client = new Client(server.base, namespace, "apac");
  const seen: Seen[] = [];
  let watcher = await watch(client, transport, { prefix: "w/", from: 1 });
  const reconnect = async (): Promise<void> => {
    seen.push(...watcher.seen);
    watcher = await resume(watcher, client, transport, how);
  };

  const load = loadStart(namespace, "load");
  for (let round = 0; round < 4; round++) {
    await sleep(LOAD_MS / 4);
    watcher.close();
    await watcher.until(({ isClosed }) => isClosed);
    await reconnect();
  }
  await server.kill();
  await load.ended;
  await watcher.until(({ isClosed }) => isClosed);
  await server.start();
  const missed = await client.put("w/missed", "while nobody watched");
  await reconnect();
  const last = await client.put("w/last", "v");
  expect(await watcher.until(({ through }) => through >= last.etag)).toBe(true);
  seen.push(...watcher.seen);
  watcher.close();

  const keys = await client.listAll("w/");
  const history = keys.map(({ key, mod_revision }) => ({ key, revision: mod_revision }));
  expect(seen.map(({ key, revision }) => ({ key, revision }))).toEqual(
    history.toSorted((a, b) => a.revision - b.revision),
  );
  expect(history).toContainEqual({ key: "w/missed", revision: missed.etag });
  for (const [key, revision] of load.acknowledged) expect(history).toContainEqual({ key, revision });
});
