import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCEPTORS, Client } from "./client.ts";
import { DevServer } from "./server.ts";
import { type Transport, watch } from "./watcher.ts";

let server: DevServer;
let spaces = 0;

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

function fresh(): Client {
  return new Client(server.base, `basics-${spaces++}`);
}

const KEYS = [
  "plain",
  "a/b/c",
  "a//b",
  "trailing/",
  "with space",
  "ünï/cödé/日本/🗳️",
  "per%cent",
  "q?uestion#hash&amp=",
  "+plus+",
  "\u0001\t\n",
  "x".repeat(1024),
];

describe("keys", () => {
  test("with slashes, spaces, unicode and anything else are kept apart and come back", async () => {
    const client = fresh();
    await Promise.all(KEYS.map((key, index) => client.put(key, `value ${index}`)));
    for (const [index, key] of KEYS.entries()) expect((await client.get(key)).text).toBe(`value ${index}`);
    const listed = await client.listAll("", 3);
    const bytes = (key: string): Buffer => Buffer.from(key);
    const sorted = KEYS.toSorted((a, b) => Buffer.compare(bytes(a), bytes(b)));
    expect(listed.map(({ key }) => key)).toEqual(sorted);
  });

  test("that are not UTF-8 are bytes like any others", async () => {
    const client = fresh();
    const url = `${server.base}/v1/${client.namespace}/kv/%FF%00%2F%C3`;
    expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(201);
    expect(await (await fetch(url)).text()).toBe("x");
    const { keys } = await client.list({ prefix: "" });
    expect(keys).toMatchObject([
      { key: Buffer.from([0xff, 0, 0x2f, 0xc3]).toString("base64"), key_encoding: "base64" },
    ]);
  });

  test("of one namespace are not seen from another", async () => {
    const [one, other] = [fresh(), fresh()];
    await one.put("k", "v");
    expect((await other.get("k")).problem?.code).toBe("not-found");
    expect((await other.get("k")).revision).toBe(1);
  });
});

describe("values", () => {
  test("come back byte for byte with their content type: empty, all bytes, 1 MiB", async () => {
    const client = fresh();
    const allBytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const large = Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 2_654_435_761) >>> 13);
    const values = [new Uint8Array(), allBytes, large];
    for (const [index, value] of values.entries()) {
      await client.put(`v${index}`, value, { contentType: 'image/x-test; q="a b"' });
      for (const region of ACCEPTORS) {
        const answer = await client.at(region).get(`v${index}`);
        expect(answer.status).toBe(200);
        expect(Buffer.compare(answer.bytes, value)).toBe(0);
        expect(answer.headers.get("content-type")).toBe('image/x-test; q="a b"');
      }
    }
  });

  test("without a content type are served as bytes", async () => {
    const client = fresh();
    await client.put("k", Uint8Array.of(1, 2, 3));
    expect((await client.get("k")).headers.get("content-type")).toBe("application/octet-stream");
  });
});

describe("writes", () => {
  test("tell their revision, and whether they created the key", async () => {
    const client = fresh();
    const created = await client.put("k", "1");
    expect(created).toMatchObject({ status: 201, revision: 2, etag: 2, path: "fast", trips: 1 });
    const changed = await client.put("k", "2");
    expect(changed).toMatchObject({ status: 200, revision: 3, etag: 3 });
    expect(await client.get("k")).toMatchObject({ status: 200, text: "2", revision: 3, etag: 3, path: "quorum-read" });
    expect(JSON.parse((await client.del("k")).text)).toEqual({ revision: 4, deleted: 1 });
    expect(JSON.parse((await client.del("k")).text)).toEqual({ revision: 4, deleted: 0 });
    expect(await client.get("k")).toMatchObject({ status: 404, revision: 4 });
  });

  test("with a condition that does not hold change nothing: 412 with the revision that stands", async () => {
    const client = fresh();
    expect((await client.put("k", "a", { ifMatch: 2 })).problem).toMatchObject({
      code: "precondition-failed",
      mod_revision: 0,
    });
    expect((await client.put("k", "a", { ifNoneMatch: "*" })).status).toBe(201);
    const again = await client.put("k", "b", { ifNoneMatch: "*" });
    expect(again.problem).toMatchObject({ code: "precondition-failed", mod_revision: 2 });
    expect((await client.put("k", "c", { ifMatch: 99 })).status).toBe(412);
    expect((await client.del("k", { ifMatch: 99 })).status).toBe(412);
    expect(await client.get("k")).toMatchObject({ text: "a", revision: 2 });
    expect((await client.put("k", "d", { ifMatch: 2 })).status).toBe(200);
    expect((await client.put("k", "e", { ifMatch: "*" })).status).toBe(200);
    expect((await client.del("k", { ifMatch: 4 })).status).toBe(200);
  });

  test("are done once however often they are sent with one Idempotency-Key, from wherever", async () => {
    const client = fresh();
    const answers = await Promise.all(
      ACCEPTORS.map((region) => client.at(region).put("k", "v", { ifNoneMatch: "*", idempotencyKey: "one" })),
    );
    expect(answers.map(({ status, etag }) => [status, etag])).toEqual(ACCEPTORS.map(() => [201, 2]));
    await client.put("k", "later");
    expect((await client.put("k", "v", { ifNoneMatch: "*", idempotencyKey: "one" })).etag).toBe(2);
    expect(await client.get("k")).toMatchObject({ text: "later", revision: 3 });
  });

  test("are seen at once from every region, and locally with min_revision", async () => {
    const client = fresh();
    for (const [index, region] of ACCEPTORS.entries()) {
      const { revision } = await client.at(region).put("k", `${index}`);
      const reads = ACCEPTORS.flatMap((from) => [client.at(from).get("k"), client.at(from).local("k", revision)]);
      for (const read of await Promise.all(reads)) expect(read).toMatchObject({ text: `${index}`, revision });
    }
  });
});

test("a list is consistent over its pages, whatever is written meanwhile", async () => {
  const client = fresh();
  const names = Array.from({ length: 25 }, (_, index) => `p/${String(index).padStart(2, "0")}`);
  await Promise.all(names.map((name) => client.put(name, "old")));
  const first = await client.list({ prefix: "p/", limit: "10" });
  await Promise.all([client.put("p/11", "new"), client.put("p/99", "new"), client.del("p/20"), client.put("q", "x")]);
  const seen = [...first.keys];
  for (let cursor = first.cursor; cursor !== undefined; ) {
    const page = await client.list({ prefix: "p/", limit: "10", cursor });
    expect(page.revision).toBe(first.revision);
    seen.push(...page.keys);
    cursor = page.cursor;
  }
  expect(seen.map(({ key, value }) => [key, value])).toEqual(names.map((name) => [name, "old"]));
  const bare = await client.list({ prefix: "p/1", keys_only: "true" });
  expect(bare.keys).toHaveLength(10);
  expect(bare.keys.every(({ value }) => value === undefined)).toBe(true);
});

test("of many proposals the first is chosen for ever, and everyone is told", async () => {
  const client = fresh();
  expect((await client.proposal("who")).status).toBe(404);
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const region = ACCEPTORS[index % ACCEPTORS.length] ?? "enam";
      return { mine: `p${index}`, ...(await client.at(region).propose("who", `p${index}`)) };
    }),
  );
  const winners = answers.filter(({ status }) => status === 201);
  expect(winners).toHaveLength(1);
  const chosen = winners[0]?.mine;
  for (const { text, mine, headers } of answers) {
    expect(text).toBe(chosen);
    expect(headers.get("synod-won")).toBe(`${mine === chosen}`);
  }
  expect((await client.propose("who", "late")).text).toBe(chosen);
  for (const region of ACCEPTORS) expect((await client.at(region).proposal("who")).text).toBe(chosen);
});

describe.each<Transport>(["websocket", "event-stream"])("a watch by %s", (transport) => {
  test("tells of every change once, in order, from every region and from any revision", async () => {
    const client = fresh();
    await client.put("w/before", "0");
    const watchers = await Promise.all(
      ACCEPTORS.map((region) => watch(client.at(region), transport, { prefix: "w/" })),
    );
    const one = await watch(client, transport, { key: "w/1" });
    for (let index = 0; index < 4; index++) await client.put(`w/${index}`, "x");
    await client.put("other", "x");
    await client.del("w/1");
    const past = await watch(client, transport, { prefix: "w/", from: 2 });
    const after = ["3 w/0=x", "4 w/1=x", "5 w/2=x", "6 w/3=x", "8 w/1=undefined"];
    for (const watcher of [...watchers, one, past]) {
      expect(await watcher.until(({ seen }) => seen.at(-1)?.revision === 8)).toBe(true);
    }
    for (const watcher of watchers) expect(watcher.text).toBe(after.join("\n"));
    expect(past.text).toBe(["2 w/before=0", ...after].join("\n"));
    expect(one.text).toBe("4 w/1=x\n8 w/1=undefined");
    for (const watcher of [...watchers, one, past]) watcher.close();
  });

  test("of a large history arrives whole", async () => {
    const client = fresh();
    const large = "x".repeat(200_000);
    for (let index = 0; index < 12; index++) await client.put(`k${index}`, large);
    const watcher = await watch(client.at("oc"), transport, { prefix: "", from: 1 });
    expect(await watcher.until(({ seen }) => seen.length === 12)).toBe(true);
    expect(watcher.seen.map(({ revision }) => revision)).toEqual(Array.from({ length: 12 }, (_, index) => index + 2));
    watcher.close();
  });
});

test("status names every acceptor and learner", async () => {
  const client = fresh();
  await client.put("k", "v");
  const status = await client.status();
  expect(status).toMatchObject({ namespace: client.namespace, revision: 2, mode: { kind: "fast" } });
  for (const parts of [status.acceptors, status.learners]) {
    expect(parts.map(({ region, reachable }) => [region, reachable])).toEqual(
      ACCEPTORS.map((region) => [region, true]),
    );
  }
});
