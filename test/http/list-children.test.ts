import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

interface Page {
  readonly keys: readonly { readonly key: string }[];
  readonly prefixes: readonly { readonly prefix: string; readonly prefix_encoding?: string }[];
  readonly cursor?: string;
}

/** Writes every key in one transaction. */
async function filled(...keys: string[]): Promise<string> {
  const ns = freshNamespace();
  const body = JSON.stringify({ success: keys.map((key) => ({ put: { key, value: "v" } })) });
  await send(`/v1/${ns}/txn`, { method: "POST", body, headers: { "content-type": "application/json" } });
  return ns;
}

async function children(ns: string, query: string): Promise<Page> {
  const response = await send(`/v1/${ns}/kv?delimiter=%2F&${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
}

test("a delimiter lists direct children, and once what is further down", async () => {
  const ns = await filled("a", "b/1", "b/2/x", "b/2/y", "b0", "c/", "d");
  const top = await children(ns, "");
  expect(top.keys.map(({ key }) => key)).toEqual(["a", "b0", "d"]);
  expect(top.prefixes).toEqual([{ prefix: "b/" }, { prefix: "c/" }]);
  const below = await children(ns, "prefix=b%2F");
  expect(below.keys.map(({ key }) => key)).toEqual(["b/1"]);
  expect(below.prefixes).toEqual([{ prefix: "b/2/" }]);
  expect((await children(ns, "prefix=nothing%2F")).keys).toEqual([]);
});

test("pages of children follow each other without a gap or a repeat", async () => {
  const ns = await filled(...["a", "b/1", "b/2", "c", "d/1", "e"].map((key) => `top/${key}`), "top0");
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await children(ns, cursor === undefined ? "prefix=top%2F&limit=2" : `limit=2&cursor=${cursor}`);
    expect(page.keys.length + page.prefixes.length).toBeLessThanOrEqual(2);
    found.push(...page.keys.map(({ key }) => key), ...page.prefixes.map(({ prefix }) => prefix));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(found.toSorted()).toEqual(["top/a", "top/b/", "top/c", "top/d/", "top/e"]);
});

test("a page is not sent again while its keys are as they were, whatever else is written", async () => {
  const ns = await filled("p/a", "p/b", "other");
  const first = await send(`/v1/${ns}/kv?prefix=p%2F`);
  const tag = first.headers.get("etag") ?? "";
  expect(tag).toMatch(/^W\/"[\w-]+"$/);
  await send(`/v1/${ns}/kv/other`, { method: "PUT", body: "changed" });
  const same = await send(`/v1/${ns}/kv?prefix=p%2F`, { headers: { "if-none-match": `"foreign-gzip", ${tag}` } });
  expect([same.status, same.headers.get("etag"), await same.text()]).toEqual([304, tag, ""]);
  for (const change of ["p/a", "p/c"]) {
    await send(`/v1/${ns}/kv/${change}`, { method: "PUT", body: "changed" });
    const other = await send(`/v1/${ns}/kv?prefix=p%2F`, { headers: { "if-none-match": tag } });
    expect(other.status).toBe(200);
    expect(other.headers.get("etag")).not.toBe(tag);
  }
});

test("a delimiter is one byte", async () => {
  const ns = await filled("a");
  await problemOf(await send(`/v1/${ns}/kv?delimiter=ab`), "invalid-request");
  await problemOf(await send(`/v1/${ns}/kv?delimiter=`), "invalid-request");
});

test("deleting a prefix deletes what begins with it, in one revision, and tells how many", async () => {
  const ns = await filled("x/1", "x/2", "x0", "y");
  const response = await send(`/v1/${ns}/kv?prefix=x%2F`, { method: "DELETE" });
  expect(await response.json()).toEqual({ revision: 3, deleted: 2 });
  expect((await children(ns, "")).keys.map(({ key }) => key)).toEqual(["x0", "y"]);
  await problemOf(await send(`/v1/${ns}/kv`, { method: "DELETE" }), "invalid-request");
  expect((await children(ns, "")).keys).toHaveLength(2);
  const all = await send(`/v1/${ns}/kv?prefix=`, { method: "DELETE" });
  expect(await all.json()).toMatchObject({ deleted: 2 });
});
