/** The shortest way through all of it: start, the README's tour, `kill -9`, start again, stop. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCEPTORS, Client, networkSet } from "../e2e/client.ts";
import { DevServer } from "../e2e/server.ts";
import { watch } from "../e2e/watcher.ts";

let server: DevServer;
let client: Client;

beforeAll(async () => {
  server = await DevServer.start();
  client = new Client(server.base, "demo");
});
afterAll(() => server.dispose());

test("a write in one region is read in another, and a watcher in a third is told", async () => {
  await networkSet(server.base, { wan: true });
  const watcher = await watch(client.at("weur"), "event-stream", { prefix: "" });
  expect(await client.at("oc").put("theme", "blue")).toMatchObject({ status: 201, etag: 2 });
  expect(await client.at("enam").get("theme")).toMatchObject({ status: 200, text: "blue", etag: 2 });
  expect(await watcher.until(({ seen }) => seen.length > 0)).toBe(true);
  expect(watcher.text).toBe("2 theme=blue");
  watcher.close();
});

test("a condition that does not hold is refused, and the first proposal wins", async () => {
  expect((await client.put("theme", "green", { ifMatch: 1 })).problem?.code).toBe("precondition-failed");
  expect((await client.at("apac").propose("leader", "apac-1")).headers.get("synod-won")).toBe("true");
  const late = await client.at("wnam").propose("leader", "wnam-7");
  expect([late.headers.get("synod-won"), late.text]).toEqual(["false", "apac-1"]);
});

test("two regions are lost and it goes on; three, and it says so", async () => {
  await networkSet(server.base, { down: ["weur", "apac"] });
  expect((await client.at("oc").put("theme", "green")).status).toBe(200);
  await networkSet(server.base, { down: ["weur", "apac", "oc"] });
  const [write, read, local] = await Promise.all([
    client.at("wnam").put("theme", "red", { idempotencyKey: "late" }),
    client.at("wnam").get("theme"),
    client.at("wnam").local("theme"),
  ]);
  expect(write.problem?.code).toMatch(/^(no-quorum|outcome-unknown)$/);
  expect(read.problem?.code).toBe("no-quorum");
  expect(local.text).toBe("green");
  await networkSet(server.base, {});
  expect((await client.put("theme", "red", { idempotencyKey: "late" })).status).toBe(200);
});

test("after kill -9 everything is there in every region", async () => {
  await server.kill();
  await server.start();
  for (const region of ACCEPTORS) expect((await client.at(region).get("theme")).text).toBe("red");
  expect((await client.proposal("leader")).text).toBe("apac-1");
  expect((await client.put("theme", "white")).status).toBe(200);
});

test("etcd's gateway serves the namespace that a header names", async () => {
  const response = await fetch(`${server.base}/v3/kv/range`, {
    method: "POST",
    headers: { "synod-namespace": "demo", connection: "close" },
    body: JSON.stringify({ key: Buffer.from("theme").toString("base64") }),
  });
  const { kvs } = (await response.json()) as { kvs: readonly { value: string }[] };
  expect(kvs.map(({ value }) => Buffer.from(value, "base64").toString())).toEqual(["white"]);
});
