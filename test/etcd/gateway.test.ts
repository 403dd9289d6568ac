import { afterAll, beforeAll, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { base64 } from "./values.ts";

/** What can be said of the gateway without an etcd beside it. */

type Json = Record<string, unknown>;

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(async () => {
  // Streams that are open would keep it from ending in good order.
  await server.kill();
  await server.dispose();
});

async function ask(path: string, body: object, headers: Record<string, string> = {}): Promise<[number, Json]> {
  const response = await fetch(`${server.base}${path}`, { method: "POST", body: JSON.stringify(body), headers });
  return [response.status, (await response.json()) as Json];
}

const key = base64("k");

test("all prefixes are the same store; another namespace is another one", async () => {
  await ask("/v3/kv/put", { key, value: base64("v") });
  for (const prefix of ["v3", "v3beta", "v3alpha"]) {
    const [status, answer] = await ask(`/${prefix}/kv/range`, { key });
    expect([status, answer.count]).toEqual([200, "1"]);
  }
  const [, elsewhere] = await ask("/v3/kv/range", { key }, { "synod-namespace": "gateway-other" });
  expect(elsewhere.count).toBeUndefined();
  const [status, refused] = await ask("/v3/kv/range", { key }, { "synod-namespace": "NO SUCH" });
  expect([status, refused.code]).toEqual([400, 3]);
});

test("the native interface sees the same keys", async () => {
  const headers = { "synod-namespace": "gateway-native" };
  await ask("/v3/kv/put", { key: base64("a/b"), value: base64("v") }, headers);
  expect(await (await fetch(`${server.base}/v1/gateway-native/kv/a/b`)).text()).toBe("v");
});

test("limits of the data model are errors that etcd has", async () => {
  for (const put of [
    { key, value: base64("x".repeat(1.5 * (1 << 20))) },
    { key: base64("k".repeat(1_025)), value: "" },
  ]) {
    const [status, { error, code }] = await ask("/v3/kv/put", put);
    expect([status, code, error]).toEqual([400, 3, "etcdserver: request is too large"]);
  }
  const large = { key, value: base64("x".repeat(1.5 * (1 << 20) - 200)) };
  expect((await ask("/v3/kv/put", large))[0]).toBe(200);
  const [, { kvs }] = await ask("/v3/kv/range", { key });
  expect((kvs as [{ value: string }])[0].value).toBe(large.value);
});

test("a bad sort target is an error", async () => {
  expect((await ask("/v3/kv/range", { key, sort_target: 7 }))[1].code).toBe(3);
});

test("the cluster's members are the regions, each with a place to reach it", async () => {
  const [, { members }] = await ask("/v3/cluster/member/list", {});
  const list = members as readonly { readonly ID: string; readonly name: string; readonly clientURLs: string[] }[];
  expect(list.map(({ name }) => name)).toEqual(["wnam", "enam", "weur", "apac", "oc"]);
  expect(new Set(list.map(({ ID }) => ID)).size).toBe(5);
  const [, { leader, raftAppliedIndex }] = await ask("/v3/maintenance/status", {}, { "synod-region": "weur" });
  expect(list.map(({ ID }) => ID)).toContain(leader);
  expect(Number(raftAppliedIndex)).toBeGreaterThan(0);
});

test("a stream that a client left and opens again misses nothing", async () => {
  const headers = { "synod-namespace": "gateway-watch" };
  const revisions: string[] = [];
  for (let round = 0; round < 5; round++) {
    await ask("/v3/kv/put", { key, value: base64(`${round}`) }, headers);
    const from = Number(revisions.at(-1) ?? 1) + 1;
    const abort = new AbortController();
    const body = JSON.stringify({ create_request: { key, start_revision: from } });
    const response = await fetch(`${server.base}/v3/watch`, { method: "POST", body, headers, signal: abort.signal });
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('"events"') && text.endsWith("\n")) break;
    }
    abort.abort();
    for (const [, revision] of text.matchAll(/"mod_revision":"(\d+)"/g)) revisions.push(revision ?? "");
  }
  expect(revisions).toEqual(["2", "3", "4", "5", "6"]);
});
