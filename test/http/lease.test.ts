import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

async function json(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const response = await send(path, init);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Record<string, unknown>;
}

const grant = (ns: string, body: unknown, headers: Record<string, string> = {}) =>
  send(`/v1/${ns}/leases`, { method: "POST", body: JSON.stringify(body), headers });

test("a lease is granted under an id of its own, and the same request gets the same one", async () => {
  const ns = freshNamespace();
  const response = await grant(ns, { ttl: 60 }, { "idempotency-key": "g" });
  expect(response.status).toBe(201);
  const first = (await response.json()) as { readonly id: string };
  expect(first).toEqual({ revision: 1, id: expect.stringMatching(/^[1-9]\d{0,18}$/), ttl: 60 });
  expect(await (await grant(ns, { ttl: 60 }, { "idempotency-key": "g" })).json()).toEqual(first);
  expect(await json(`/v1/${ns}/leases`)).toEqual({ revision: 1, leases: [first.id] });
});

test("keys live under it, and go with it", async () => {
  const ns = freshNamespace();
  await grant(ns, { ttl: 60, id: "9223372036854775807" });
  const lease = `/v1/${ns}/leases/9223372036854775807`;
  for (const key of ["a", "%FF"]) {
    await json(`/v1/${ns}/kv/${key}?lease=9223372036854775807`, { method: "PUT", body: "x" });
  }
  expect(await json(lease)).toEqual({ revision: 3, id: "9223372036854775807", ttl: 60, remaining: expect.any(Number) });
  const { keys } = await json(`${lease}?keys=true`);
  expect(keys).toEqual([{ key: "a" }, { key: "/w==", key_encoding: "base64" }]);
  expect((await json(`/v1/${ns}/kv`)).keys).toMatchObject([{ lease: "9223372036854775807" }, {}]);
  expect(await json(`${lease}/keep-alive`, { method: "POST" })).toMatchObject({ ttl: 60 });
  expect(await json(lease, { method: "DELETE" })).toEqual({ revision: 4, deleted: 2 });
  await problemOf(await send(lease), "lease-not-found");
  await problemOf(await send(lease, { method: "DELETE" }), "lease-not-found");
  await problemOf(await send(`${lease}/keep-alive`, { method: "POST" }), "lease-not-found");
  await problemOf(await send(`/v1/${ns}/kv/a`), "not-found");
});

test("a short time to live is raised, as in etcd", async () => {
  expect(await (await grant(freshNamespace(), { ttl: 1 })).json()).toMatchObject({ ttl: 2 });
});

test("an id is taken once", async () => {
  const ns = freshNamespace();
  await grant(ns, { ttl: 60, id: "7" });
  await problemOf(await grant(ns, { ttl: 60, id: "7" }), "lease-exists");
});

test.each([
  {},
  { ttl: 0 },
  { ttl: 1.5 },
  { ttl: 9_000_000_001 },
  { ttl: 5, id: 7 },
  { ttl: 5, id: "0" },
  { ttl: 5, x: 1 },
])("%j is no lease", async (body) => {
  await problemOf(await grant(freshNamespace(), body), "invalid-request");
});

test("a key can not be put under a lease that is not there, nor under what is none", async () => {
  const ns = freshNamespace();
  const put = (lease: string) => send(`/v1/${ns}/kv/a?lease=${lease}`, { method: "PUT", body: "x" });
  await problemOf(await put("7"), "lease-not-found");
  await problemOf(await put("0"), "invalid-request");
  await problemOf(await put("9223372036854775808"), "invalid-request");
});
