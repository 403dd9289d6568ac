import { expect, test } from "vitest";
import { BODY_IDLE_MS_MAX, PAGE_BYTES_MAX } from "../../src/api/limits.ts";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();
const json = { "content-type": "application/json" };

test("a page of large values ends before it has too many bytes, and the next goes on", async () => {
  const ns = freshNamespace();
  const value = "x".repeat(1 << 20);
  const keys = Array.from({ length: 5 }, (_, index) => `k${index}`);
  for (const key of keys) await send(`/v1/${ns}/kv/${key}`, { method: "PUT", body: value });
  const found: string[] = [];
  let pages = 0;
  let cursor: string | undefined;
  do {
    const response = await send(`/v1/${ns}/kv?limit=100${cursor === undefined ? "" : `&cursor=${cursor}`}`);
    const page = (await response.json()) as { keys: { key: string; value: string }[]; cursor?: string };
    expect(page.keys.reduce((sum, one) => sum + one.value.length, 0)).toBeLessThanOrEqual(PAGE_BYTES_MAX);
    found.push(...page.keys.map(({ key }) => key));
    cursor = page.cursor;
    pages++;
  } while (cursor !== undefined);
  expect(found).toEqual(keys);
  expect(pages).toBe(2);
  const names = (await (await send(`/v1/${ns}/kv?keys_only=true`)).json()) as { keys: unknown[]; cursor?: string };
  expect([names.keys.length, names.cursor]).toEqual([5, undefined]);
});

test("leases and the keys of one are told in pages", async () => {
  const ns = freshNamespace();
  for (const id of ["3", "10", "200"]) {
    await send(`/v1/${ns}/leases`, { method: "POST", body: JSON.stringify({ ttl: 60, id }), headers: json });
  }
  const success = ["a", "b", "c"].map((key) => ({ put: { key, value: "", lease: "10" } }));
  await send(`/v1/${ns}/txn`, { method: "POST", body: JSON.stringify({ success }), headers: json });

  const first = await (await send(`/v1/${ns}/leases?limit=2`)).json();
  expect(first).toMatchObject({ leases: ["10", "200"], after: "200" });
  const second = (await (await send(`/v1/${ns}/leases?limit=2&after=200`)).json()) as object;
  expect(second).toMatchObject({ leases: ["3"] });
  expect(second).not.toHaveProperty("after");

  const held = (await (await send(`/v1/${ns}/leases/10?keys=true&limit=2`)).json()) as { cursor: string };
  expect(held).toMatchObject({ keys: [{ key: "a" }, { key: "b" }] });
  const rest = (await (await send(`/v1/${ns}/leases/10?limit=2&cursor=${held.cursor}`)).json()) as object;
  expect(rest).toMatchObject({ keys: [{ key: "c" }] });
  expect(rest).not.toHaveProperty("cursor");

  await problemOf(await send(`/v1/${ns}/leases?limit=0`), "invalid-request");
  await problemOf(await send(`/v1/${ns}/leases?limit=1001`), "invalid-request");
  await problemOf(await send(`/v1/${ns}/leases/10?cursor=%21`), "invalid-request");
});

test("a body that stops coming is not waited for for ever", { timeout: 3 * BODY_IDLE_MS_MAX }, async () => {
  const ns = freshNamespace();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("half")),
  });
  const response = await send(`/v1/${ns}/kv/k`, { method: "PUT", body });
  await problemOf(response, "request-timeout");
  expect((await send(`/v1/${ns}/kv/k`)).status).toBe(404);
});
