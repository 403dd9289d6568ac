/** `npm run serve`: requests in one process, objects in another, which live and die together. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, sleep } from "./client.ts";
import { DevServer } from "./server.ts";
import { watch } from "./watcher.ts";

const GONE_MS_MAX = 5_000;
const WRITERS = 40;

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start({}, []);
});
afterAll(() => server.dispose());

/** The processes of this server, by what they serve. */
function processes(): { readonly edge: number; readonly objects: number | undefined } {
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,comm=,args="], { encoding: "utf8" }).split("\n");
  const port = new URL(server.base).port;
  const found = table.find((line) => /^\s*\d+\s+workerd\s/.test(line) && line.includes(`serve-${port}/objects/`));
  return { edge: server.pid, objects: found === undefined ? undefined : Number.parseInt(found, 10) };
}

async function gone(): Promise<void> {
  for (let waitedMs = 0; server.isRunning || processes().objects !== undefined; waitedMs += 50) {
    expect(waitedMs).toBeLessThan(GONE_MS_MAX);
    await sleep(50);
  }
}

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

describe.runIf(process.platform === "linux")(
  "however one process ends, the other does too, and all is there again",
  () => {
    test.each([
      ["the edge is killed", "edge"],
      ["the objects are killed", "objects"],
    ] as const)("%s", async (name, which) => {
      const client = new Client(server.base, "served");
      const written = await client.put(name, "kept");
      expect(written.status).toBe(201);
      const pid = processes()[which];
      if (pid === undefined) throw new Error(`there is no process for ${which}`);
      process.kill(pid, "SIGKILL");
      await gone();
      await server.start();
      expect(await client.get(name)).toMatchObject({ status: 200, text: "kept", etag: written.etag });
    });
  },
);
