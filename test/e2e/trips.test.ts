/** What operations cost under the simulated distances, in wide-area round trips. `npm run bench:wan` measures the times. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCEPTORS, type Answer, Client, networkSet, sleep } from "./client.ts";
import { DevServer } from "./server.ts";

const SAMPLES = 7;
/** A busy machine delays an acceptor now and then, and an operation then takes another way. */
const SAMPLES_DIRECT_MIN = 4;

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
  await networkSet(server.base, { wan: true });
});
afterAll(() => server.dispose());

/** The first call makes the objects and warms the caches, and does not count. */
async function sample(call: (index: number) => Promise<Answer>): Promise<readonly Answer[]> {
  await call(-1);
  const answers: Answer[] = [];
  for (let index = 0; index < SAMPLES; index++) answers.push(await call(index));
  return answers;
}

function direct(answers: readonly Answer[], path: string): readonly Answer[] {
  return answers.filter((answer) => answer.path === path && answer.trips === 1);
}

describe.each(ACCEPTORS)("from %s", (region) => {
  test("a lone write takes one round trip", async () => {
    const client = new Client(server.base, `write-${region}`, region);
    const answers = await sample((index) => client.put("k", `${index}`));
    for (const answer of answers) expect(answer.status).toBe(200);
    expect(direct(answers, "fast").length).toBeGreaterThanOrEqual(SAMPLES_DIRECT_MIN);
  });

  test("a linearizable read takes one round trip", async () => {
    const client = new Client(server.base, `read-${region}`, region);
    await client.put("k", "v");
    const answers = await sample(() => client.get("k"));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, text: "v" });
    expect(direct(answers, "quorum-read").length).toBeGreaterThanOrEqual(SAMPLES_DIRECT_MIN);
  });

  test("a local read takes none", async () => {
    const client = new Client(server.base, `local-${region}`, region);
    const { revision } = await client.put("k", "v");
    const answers = await sample(() => client.local("k", revision));
    for (const answer of answers) expect(answer).toMatchObject({ text: "v", path: "local", trips: 0 });
  });
});

test("writers who take turns around the world pay one round trip each", async () => {
  const client = new Client(server.base, "turns");
  const rounds = 3;
  const answers: Answer[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const region of ACCEPTORS) {
      answers.push(await client.at(region).put("k", `${round} ${region}`));
      await everybodyLearned(client, answers.at(-1)?.revision ?? 0);
    }
  }
  expect(answers.map(({ status }) => status).filter((status) => status > 201)).toEqual([]);
  expect(direct(answers, "fast").length).toBeGreaterThan(answers.length / 2);
});

async function everybodyLearned(client: Client, revision: number): Promise<void> {
  for (;;) {
    const { learners } = await client.status();
    if (learners.every((learner) => (learner.revision ?? 0) >= revision)) return;
    await sleep(50);
  }
}
