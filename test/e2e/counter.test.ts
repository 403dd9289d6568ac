/** Many clients in five regions add to one counter by compare-and-set: it counts their successes, no more, no less. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCEPTORS, type Answer, Client, networkSet, sleep } from "./client.ts";
import { DevServer } from "./server.ts";

const CLIENTS = 50;
/** Of the pause after a lost race: full jitter, doubling. Fifty who race without one do fifty writes for each that counts. */
const BACKOFF_MS = 40;
const BACKOFF_MS_MAX = 2_500;
/** For a machine that has other things to do. Alone it takes a fraction of it. */
const TIMEOUT_MS = 300_000;

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

interface Tally {
  successes: number;
  lost: number;
  unknown: number;
  unavailable: number;
}

interface Known {
  readonly count: number;
  readonly etag: number;
}

async function counterRead(client: Client, tally: Tally): Promise<Known> {
  for (;;) {
    const read = await client.get("counter");
    if (read.status === 200) return { count: Number(read.text), etag: read.etag };
    if (read.status !== 503) throw new Error(`read: ${read.status} ${read.text}`);
    tally.unavailable++;
  }
}

/** Adds one, `times` times: reads, writes with If-Match, and reads again when somebody else was first. */
async function increment(client: Client, times: number, tally: Tally): Promise<void> {
  let known = await counterRead(client, tally);
  for (let left = times, lost = 0; left > 0; ) {
    const count = known.count + 1;
    const written = await writeSurely(client, `${count}`, known.etag, tally);
    if (written.status === 200) {
      known = { count, etag: written.etag };
      tally.successes++;
      left--;
      lost = 0;
      continue;
    }
    if (written.status !== 412) throw new Error(`write: ${written.status} ${written.text}`);
    tally.lost++;
    await sleep(Math.random() * Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** lost++));
    known = await counterRead(client, tally);
  }
}

/** Sends the same request again until its outcome is known. */
async function writeSurely(client: Client, value: string, ifMatch: number, tally: Tally): Promise<Answer> {
  const idempotencyKey = crypto.randomUUID();
  for (;;) {
    const answer = await client.put("counter", value, { ifMatch, idempotencyKey });
    if (answer.status === 504) tally.unknown++;
    else if (answer.status === 503) tally.unavailable++;
    else return answer;
  }
}

async function count(namespace: string, increments: number): Promise<Tally> {
  const client = new Client(server.base, namespace);
  await client.put("counter", "0");
  const tally: Tally = { successes: 0, lost: 0, unknown: 0, unavailable: 0 };
  const startedAt = performance.now();
  const clients = Array.from({ length: CLIENTS }, async (_, index) => {
    const own = client.at(ACCEPTORS[index % ACCEPTORS.length] ?? "enam");
    await increment(own, increments / CLIENTS, tally);
  });
  await Promise.all(clients);
  console.log(`${namespace}: ${JSON.stringify(tally)} in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return tally;
}

test("1,000 increments by 50 clients in five regions", { timeout: TIMEOUT_MS }, async () => {
  const tally = await count("counter", 1_000);
  expect(tally.successes).toBe(1_000);
  for (const region of ACCEPTORS) {
    const answer = await new Client(server.base, "counter", region).get("counter");
    expect(answer.text).toBe("1000");
    expect(answer.revision).toBe(1_002);
  }
});

test("200 more while one message in ten is lost", { timeout: TIMEOUT_MS }, async () => {
  await networkSet(server.base, { drop: 0.1 });
  const tally = await count("lossy", 200);
  await networkSet(server.base, {});
  expect(tally.successes).toBe(200);
  const answer = await new Client(server.base, "lossy").get("counter");
  expect(answer.text).toBe("200");
  expect(answer.revision).toBe(202);
});
