/**
 * What operations cost under the simulated distances, in wide-area round trips: the table's figure plus what the same
 * call costs on this machine without distances, both measured here.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quorumRoundTripMs } from "../../src/network/round-trip.ts";
import { ACCEPTORS, type Answer, Client, networkSet, sleep } from "./client.ts";
import { DevServer } from "./server.ts";

const SAMPLES = 7;
const TOLERANCE = 0.15;
const FAST_QUORUM = 4;
const READ_QUORUM = 3;
/** Round trips within a region, to the learner and back, that the table counts as 2 ms each. */
const NEAR_MS = 4;

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

interface Measured {
  readonly medianMs: number;
  readonly answers: readonly Answer[];
}

async function measure(call: (index: number) => Promise<Answer>): Promise<Measured> {
  const times: number[] = [];
  const answers: Answer[] = [];
  for (let index = -1; index < SAMPLES; index++) {
    const startedAt = performance.now();
    const answer = await call(index);
    // The first one makes the objects and warms the caches.
    if (index < 0) continue;
    times.push(performance.now() - startedAt);
    answers.push(answer);
  }
  return { medianMs: times.toSorted((a, b) => a - b)[SAMPLES >> 1] ?? Number.NaN, answers };
}

/** Without distances, then with them. */
async function measureBoth(call: (index: number) => Promise<Answer>): Promise<{ near: Measured; far: Measured }> {
  await networkSet(server.base, {});
  const near = await measure(call);
  await networkSet(server.base, { wan: true });
  return { near, far: await measure(call) };
}

describe.each(ACCEPTORS)("from %s", (region) => {
  const tripMs = (quorum: number): number => quorumRoundTripMs(region, ACCEPTORS, quorum);

  test(`a lone write takes one round trip to the fourth-nearest acceptor: ${tripMs(FAST_QUORUM)} ms`, async () => {
    const client = new Client(server.base, `write-${region}`, region);
    const { near, far } = await measureBoth((index) => client.put("k", `${index}`));
    for (const answer of far.answers) expect(answer).toMatchObject({ status: 200, path: "fast", trips: 1 });
    const expected = tripMs(FAST_QUORUM) + NEAR_MS + near.medianMs;
    console.log(`write from ${region}: ${far.medianMs.toFixed(0)} ms, expected ${expected.toFixed(0)} ms`);
    expect(far.medianMs).toBeGreaterThan(tripMs(FAST_QUORUM));
    expect(far.medianMs).toBeLessThan(expected * (1 + TOLERANCE));
  });

  test(`a linearizable read takes one to the third-nearest: ${tripMs(READ_QUORUM)} ms`, async () => {
    const client = new Client(server.base, `read-${region}`, region);
    await client.put("k", "v");
    const { near, far } = await measureBoth(() => client.get("k"));
    for (const answer of far.answers) expect(answer).toMatchObject({ status: 200, path: "quorum-read", trips: 1 });
    const expected = tripMs(READ_QUORUM) + NEAR_MS + near.medianMs;
    console.log(`read from ${region}: ${far.medianMs.toFixed(0)} ms, expected ${expected.toFixed(0)} ms`);
    expect(far.medianMs).toBeGreaterThan(tripMs(READ_QUORUM));
    expect(far.medianMs).toBeLessThan(expected * (1 + TOLERANCE));
  });

  test("a local read stays local", async () => {
    const client = new Client(server.base, `local-${region}`, region);
    const { revision } = await client.put("k", "v");
    const { near, far } = await measureBoth(() => client.local("k", revision));
    for (const answer of far.answers) expect(answer).toMatchObject({ text: "v", path: "local", trips: 0 });
    expect(far.medianMs).toBeLessThan(near.medianMs + NEAR_MS + 20);
  });
});

test("writers who take turns around the world pay one round trip each", async () => {
  await networkSet(server.base, { wan: true });
  const client = new Client(server.base, "turns");
  const longestMs = 300;
  for (let round = 0; round < 3; round++) {
    for (const region of ACCEPTORS) {
      const answer = await client.at(region).put("k", `${round} ${region}`);
      expect(answer).toMatchObject({ path: "fast", trips: 1 });
      // Half a round trip, and everybody has learned of it.
      await sleep(longestMs);
    }
  }
});
