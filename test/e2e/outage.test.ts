/** Regions that are down: what goes on, what fails and how, and what is there afterwards. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ACCEPTORS, type Answer, Client, networkSet, sleep } from "./client.ts";
import { DevServer } from "./server.ts";

type Acceptor = (typeof ACCEPTORS)[number];

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
});
beforeEach(() => networkSet(server.base, {}));
afterAll(() => server.dispose());

const PAIRS = ACCEPTORS.flatMap((one, index) => ACCEPTORS.slice(index + 1).map((other) => [one, other] as const));

function upWhen(down: readonly Acceptor[]): Acceptor[] {
  return ACCEPTORS.filter((region) => !down.includes(region));
}

test("with any two acceptors down, writes and linearizable reads go on from every region that is up", async () => {
  const client = new Client(server.base, "two-down");
  let writes = 0;
  // A namespace's first use needs four regions of five.
  expect((await client.put(`k${writes++}`, "all up")).status).toBe(201);
  for (const down of PAIRS) {
    await networkSet(server.base, { down });
    for (const region of upWhen(down)) {
      const written = await client.at(region).put(`k${writes++}`, down.join(" "));
      expect(written, `${region} with ${down.join(" and ")} down`).toMatchObject({ status: 201 });
      const read = await client.at(region).get(`k${writes - 1}`);
      expect(read, `${region} with ${down.join(" and ")} down`).toMatchObject({ status: 200, text: down.join(" ") });
    }
  }
  await networkSet(server.base, {});
  expect(await client.listAll("k")).toHaveLength(writes);
});

test("with two down a watcher in a region that is up is still told, and a region that comes back learns all", async () => {
  const client = new Client(server.base, "comes-back");
  await client.put("k", "before");
  await networkSet(server.base, { down: ["apac", "oc"] });
  for (let index = 0; index < 5; index++) expect((await client.put("k", `${index}`)).status).toBe(200);
  await networkSet(server.base, {});
  const { revision } = await client.get("k");
  for (const region of ["apac", "oc"] as const) {
    expect(await client.at(region).local("k", revision)).toMatchObject({ status: 200, text: "4" });
  }
  // Until all hold the same; the test's own limit is for a learner that never does.
  for (;;) {
    const { learners } = await client.status();
    const digests = new Set(learners.map(({ digest, applied_up_to }) => `${digest} ${applied_up_to}`));
    if (digests.size === 1) break;
    await sleep(250);
  }
});

test("with three down a write fails and says whether it may count, local reads go on, nothing is lost", async () => {
  const client = new Client(server.base, "three-down");
  for (const region of ACCEPTORS) await client.at(region).put(region, "acknowledged");
  const revision = 1 + ACCEPTORS.length;
  for (const region of ACCEPTORS) await client.at(region).local("oc", revision);

  await networkSet(server.base, { down: ["wnam", "weur", "oc"] });
  const failed = await Promise.all(
    (["enam", "apac"] as const).map(async (region) => {
      const [write, read, local] = await Promise.all([
        client.at(region).put(`late-${region}`, "late", { idempotencyKey: `late ${region}` }),
        client.at(region).get("oc"),
        client.at(region).local("oc"),
      ]);
      expect(write.problem?.code).toMatch(/^(no-quorum|outcome-unknown)$/);
      expect(write.problem?.request_id).toBe(`late ${region}`);
      expect(read.problem?.code).toBe("no-quorum");
      expect(local).toMatchObject({ status: 200, text: "acknowledged", path: "local" });
      return { region, write };
    }),
  );

  await networkSet(server.base, {});
  await everythingWorks(client);
  for (const region of ACCEPTORS) expect((await client.get(region)).text).toBe("acknowledged");
  for (const { region, write } of failed) await lateWriteIsTold(client.at(region), `late-${region}`, write);
});

/** A write that surely had no effect has none; one of unknown outcome is done once, now or before. */
async function lateWriteIsTold(client: Client, key: string, write: Answer): Promise<void> {
  const before = await client.get(key);
  if (write.problem?.code === "no-quorum") expect(before.status).toBe(404);
  const again = await client.put(key, "late", { idempotencyKey: write.problem?.request_id });
  expect(again.status).toBe(201);
  if (before.status === 200) expect(again.etag).toBe(before.etag);
  expect(await client.get(key)).toMatchObject({ text: "late", etag: again.etag });
}

test("a client cut off from everything is told so, and is as good as new afterwards", async () => {
  const client = new Client(server.base, "alone", "weur");
  await client.put("k", "1");
  await networkSet(server.base, { down: ["weur"] });
  const [write, read, local] = await Promise.all([client.put("k", "2"), client.get("k"), client.local("k")]);
  expect(write.problem?.code).toMatch(/^(no-quorum|outcome-unknown)$/);
  expect(read.problem?.code).toBe("no-quorum");
  expect(local.problem?.code).toBe("no-quorum");
  await networkSet(server.base, {});
  await everythingWorks(client);
});

test("of two sides of a partition the one with a majority goes on, and the other follows when it heals", async () => {
  const client = new Client(server.base, "partition");
  await client.put("k", "before");
  await networkSet(server.base, {
    partitions: [
      ["wnam", "enam"],
      ["weur", "apac", "oc"],
    ],
  });
  const [minority, majority] = await Promise.all([client.at("wnam").put("k", "2"), client.at("apac").put("k", "3")]);
  expect(majority.status).toBe(200);
  expect(minority.problem?.code).toMatch(/^(no-quorum|outcome-unknown)$/);
  expect((await client.at("oc").get("k")).text).toBe("3");
  expect((await client.at("enam").get("k")).problem?.code).toBe("no-quorum");
  await networkSet(server.base, {});
  await everythingWorks(client);
  const value = await client.get("k");
  for (const region of ACCEPTORS) {
    expect((await client.at(region).get("k")).text).toBe(value.text);
    expect((await client.at(region).local("k", value.revision)).text).toBe(value.text);
  }
});

async function everythingWorks(client: Client): Promise<void> {
  for (const region of ACCEPTORS) {
    const written = await client.at(region).put("works", region);
    expect(written.problem).toBeUndefined();
    expect((await client.at(region).get("works")).text).toBe(region);
  }
}
