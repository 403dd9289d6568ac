/** Many clients in five regions add to one counter by compare-and-set: it counts their successes, no more, no less. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCEPTORS, type Answer, Client, networkSet, sleep } from "./client.ts";
import { DevServer } from "./server.ts";

const CLIENTS = 50;
/** Of the pause after a lost race: full jitter, doubling. Fifty who race without one do fifty writes for each that counts. */
const BACKOFF_MS = 40;
const BACKOFF_MS_MAX = 2_500;

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

/** Reads, writes with If-Match, and starts over when somebody else was first, until it has counted. */
async function increment(client: Client, tally: Tally): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const read = await client.get("counter");
    if (read.status === 503) {
      tally.unavailable++;
      continue;
    }
    if (read.status !== 200) throw new Error(`read: ${read.status} ${read.text}`);
    const written = await writeSurely(client, `${Number(read.text) + 1}`, read.etag, tally);
    if (written.status === 200) {
      tally.successes++;
      return;
    }
    if (written.status !== 412) throw new Error(`write: ${written.status} ${written.text}`);
    tally.lost++;
    await sleep(Math.random() * Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** attempt));
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
  let left = increments;
  const clients = Array.from({ length: CLIENTS }, async (_, index) => {
    const own = client.at(ACCEPTORS[index % ACCEPTORS.length] ?? "enam");
    while (left-- > 0) await increment(own, tally);
  });
  await Promise.all(clients);
  console.log(`${namespace}: ${JSON.stringify(tally)} in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return tally;
}

test("1,000 increments by 50 clients in five regions", async () => {
  const tally = await count("counter", 1_000);
  expect(tally.successes).toBe(1_000);
  for (const region of ACCEPTORS) {
    const answer = await new Client(server.base, "counter", region).get("counter");
    expect(answer.text).toBe("1000");
    expect(answer.revision).toBe(1_002);
  }
});

test("200 more while one message in ten is lost", async () => {
  await networkSet(server.base, { drop: 0.1 });
  const tally = await count("lossy", 200);
  await networkSet(server.base, {});
  expect(tally.successes).toBe(200);
  const answer = await new Client(server.base, "lossy").get("counter");
  expect(answer.text).toBe("200");
  expect(answer.revision).toBe(202);
});
