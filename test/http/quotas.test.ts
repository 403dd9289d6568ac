import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

const put = (ns: string, key: string, body: string) => send(`/v1/${ns}/kv/${key}`, { method: "PUT", body });

async function limit(ns: string, quotas: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return send(`/v1/${ns}/quotas`, { method: "PUT", body: JSON.stringify(quotas), headers });
}

async function etcd(ns: string, path: string, body: object): Promise<{ status: number; body: unknown }> {
  const headers = { "synod-namespace": ns };
  const response = await send(`/v3/${path}`, { method: "POST", body: JSON.stringify(body), headers });
  return { status: response.status, body: await response.json() };
}

test("a namespace tells what it holds, and holds no more than it may", async () => {
  const ns = freshNamespace();
  await put(ns, "a", "1234");
  expect(await (await send(`/v1/${ns}/quotas`)).json()).toEqual({
    revision: 2,
    usage: { keys: 1, bytes: 5, history_bytes: 5, leases: 0 },
    quotas: {},
  });
  const quotas = { keys: 2, bytes: 10, history_bytes: 100, leases: 1, writes_per_second: 1_000 };
  expect(await (await limit(ns, quotas)).json()).toMatchObject({ quotas });
  expect((await put(ns, "b", "1234")).ok).toBe(true);
  const full = await put(ns, "b", "12345");
  expect(full.status).toBe(507);
  expect(await problemOf(full, "quota-exceeded")).toMatchObject({ quota: "bytes", counted: 11, limit: 10 });
  await problemOf(await put(ns, "c", ""), "quota-exceeded");
  const told = (await (await send(`/v1/${ns}/quotas?consistency=local`)).json()) as { usage: unknown; quotas: unknown };
  expect([told.usage, told.quotas]).toEqual([{ keys: 2, bytes: 10, history_bytes: 10, leases: 0 }, quotas]);
  expect((await send(`/v1/${ns}/kv/a`, { method: "DELETE" })).status).toBe(200);
  expect((await put(ns, "c", "1")).ok).toBe(true);
});

test.each([
  [{ keys: -1 }],
  [{ bytes: 1.5 }],
  [{ leases: "1" }],
  [{ writes_per_second: 0 }],
  [{ writes_per_second: 100_001 }],
  [{ watchers: 1 }],
  [{ historyBytes: 1 }],
])("%j are no quotas", async (quotas) => {
  await problemOf(await limit(freshNamespace(), quotas), "invalid-request");
});

test("who writes faster than the namespace may is told when to come again; deletes are not held up", async () => {
  const ns = freshNamespace();
  await limit(ns, { writes_per_second: 1 });
  let limited: Response | undefined;
  for (let round = 0; limited === undefined; round++) {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, key) => put(ns, `k${round}-${key}`, "v")));
    limited = answers.find(({ status }) => status === 429);
  }
  expect(await problemOf(limited, "rate-limited")).toMatchObject({ request_id: expect.any(String) });
  expect(limited.headers.get("retry-after")).toBe("1");
  expect(limited.headers.get("ratelimit-policy")).toBe('"writes";q=1;w=1');
  expect(limited.headers.get("ratelimit")).toMatch(/^"writes";r=0;t=\d+$/);
  const deleted = await Promise.all([1, 2, 3, 4].map((key) => send(`/v1/${ns}/kv/k0-${key}`, { method: "DELETE" })));
  expect(deleted.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
});

test("etcd's clients are told in its words, and of its alarm", async () => {
  const ns = freshNamespace();
  const kv = { key: btoa("k"), value: btoa("123456789") };
  expect((await etcd(ns, "kv/put", kv)).status).toBe(200);
  expect((await etcd(ns, "maintenance/alarm", {})).body).not.toHaveProperty("alarms");
  await limit(ns, { bytes: 10 });
  const refused = { code: 8, message: "etcdserver: mvcc: database space exceeded" };
  expect(await etcd(ns, "kv/put", { ...kv, key: btoa("l") })).toMatchObject({ status: 429, body: refused });
  const alarms = [{ memberID: expect.any(String), alarm: "NOSPACE" }];
  expect((await etcd(ns, "maintenance/alarm", { action: "GET" })).body).toMatchObject({ alarms });
  expect((await etcd(ns, "maintenance/alarm", { alarm: "CORRUPT" })).body).not.toHaveProperty("alarms");
  expect((await etcd(ns, "maintenance/alarm", { action: "DEACTIVATE" })).status).toBe(200);
  expect((await etcd(ns, "maintenance/alarm", { action: "ACTIVATE" })).status).toBe(501);
  expect((await etcd(ns, "kv/deleterange", { key: kv.key })).status).toBe(200);
  expect((await etcd(ns, "maintenance/alarm", {})).body).not.toHaveProperty("alarms");
});
