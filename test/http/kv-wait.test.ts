import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

const put = async (ns: string, key: string, body: string): Promise<number> => {
  const response = await send(`/v1/${ns}/kv/${key}`, { method: "PUT", body });
  return ((await response.json()) as { revision: number }).revision;
};

test("a long poll answers at once when the key changed since, and else as soon as it does", async () => {
  const ns = freshNamespace();
  const first = await put(ns, "k", "1");
  const second = await put(ns, "k", "2");
  const missed = await send(`/v1/${ns}/kv/k?wait=30s&since=${first}`);
  expect([missed.status, await missed.text()]).toEqual([200, "2"]);
  const waiting = send(`/v1/${ns}/kv/k?wait=30s&since=${second}`);
  await put(ns, "other", "x");
  await put(ns, "k", "3");
  const answer = await waiting;
  expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([200, "3", '"5"']);
});

test("without since, what changes after now counts; a deletion is a change", async () => {
  const ns = freshNamespace();
  await put(ns, "k", "1");
  const waiting = send(`/v1/${ns}/kv/k?wait=30s`);
  // Until the poll is listened to, there is nothing to see of it: write until it answers.
  const answered = waiting.then(() => true);
  while (!(await Promise.race([answered, send(`/v1/${ns}/kv/k`, { method: "DELETE" }).then(() => false)]))) {
    await put(ns, "k", "again");
  }
  expect([200, 404]).toContain((await waiting).status);
});

test("what does not change is 304, with the revision to go on from", async () => {
  const ns = freshNamespace();
  const revision = await put(ns, "k", "1");
  const response = await send(`/v1/${ns}/kv/k?wait=50ms&since=${revision}`);
  expect([response.status, response.headers.get("synod-revision")]).toEqual([304, `${revision}`]);
});

test("a key that is not there yet can be waited for", async () => {
  const ns = freshNamespace();
  const revision = await put(ns, "other", "x");
  const waiting = send(`/v1/${ns}/kv/late?wait=30s&since=${revision}`);
  await put(ns, "late", "here");
  expect(await (await waiting).text()).toBe("here");
});

test("what is compacted away has changed", async () => {
  const ns = freshNamespace();
  for (const body of ["1", "2", "3"]) await put(ns, "k", body);
  const headers = { "content-type": "application/json" };
  await send(`/v1/${ns}/compact`, { method: "POST", body: '{"revision":4}', headers });
  expect(await (await send(`/v1/${ns}/kv/k?wait=30s&since=1`)).text()).toBe("3");
});

test("a wait that makes no sense is refused", async () => {
  const ns = freshNamespace();
  for (const query of ["wait=2h", "wait=61s", "wait=-1s", "wait=", "wait=1s&since=x", "wait=1s&revision=2"]) {
    await problemOf(await send(`/v1/${ns}/kv/k?${query}`), "invalid-request");
  }
});

test("a put with a time to live has a lease of its own, and a repeat has the same", async () => {
  const ns = freshNamespace();
  const init = { method: "PUT", body: "v", headers: { "idempotency-key": "once" } };
  const first = await send(`/v1/${ns}/kv/k?ttl=60`, init);
  expect(first.status).toBe(201);
  const again = await send(`/v1/${ns}/kv/k?ttl=60`, init);
  expect(await again.json()).toEqual(await first.json());
  const lease = (await send(`/v1/${ns}/kv/k`)).headers.get("synod-lease");
  const held = await (await send(`/v1/${ns}/leases/${lease}?keys=true`)).json();
  expect(held).toMatchObject({ ttl: 60, keys: [{ key: "k" }] });
  const leases = (await (await send(`/v1/${ns}/leases`)).json()) as { leases: string[] };
  expect(leases.leases).toEqual([lease]);
  await problemOf(await send(`/v1/${ns}/kv/k?ttl=0`, init), "invalid-request");
  await problemOf(await send(`/v1/${ns}/kv/k?ttl=5&lease=7`, { method: "PUT", body: "v" }), "invalid-request");
});
