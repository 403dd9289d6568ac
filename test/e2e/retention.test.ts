import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, sleep } from "./client.ts";
import { DevServer } from "./server.ts";

const POLLS_MAX = 60;
const POLL_MS = 500;

let server: DevServer;

beforeAll(async () => {
  const retention = { byrevision: { revisions: 20 }, byage: { seconds: 2 } };
  server = await DevServer.start({ SYNOD_RETENTION: JSON.stringify(retention) });
});

afterAll(() => server.dispose());

/** Writes one key `count` times, then waits until its first version is gone; the last status seen. */
async function firstVersionAfter(namespace: string, count: number): Promise<number> {
  const client = new Client(server.base, namespace);
  for (let n = 1; n <= count; n++) await client.put("k", `v${n}`);
  let status = 0;
  for (let poll = 0; poll < POLLS_MAX && status !== 410; poll++) {
    ({ status } = await client.get("k", { query: { revision: "2" } }));
    if (status !== 410) await sleep(POLL_MS);
  }
  return status;
}

test("keeps so many revisions, and compacts what is older by itself", async () => {
  expect(await firstVersionAfter("byrevision", 40)).toBe(410);
  const client = new Client(server.base, "byrevision");
  expect((await client.get("k", { query: { revision: "25" } })).status).toBe(200);
  expect((await client.get("k")).text).toBe("v40");
});

test("keeps what was current in so many seconds, and compacts what is older by itself", async () => {
  expect(await firstVersionAfter("byage", 3)).toBe(410);
  expect((await new Client(server.base, "byage").get("k")).text).toBe("v3");
});

test("keeps everything where nothing is said", async () => {
  const client = new Client(server.base, "keeps-all");
  for (let n = 1; n <= 40; n++) await client.put("k", `v${n}`);
  expect((await client.get("k", { query: { revision: "2" } })).text).toBe("v1");
});
