import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

interface Page {
  readonly revision: number;
  readonly keys: readonly Record<string, unknown>[];
  readonly cursor?: string;
}

async function list(ns: string, query: string): Promise<Page> {
  const response = await send(`/v1/${ns}/kv?${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
}

async function filled(...keys: string[]): Promise<string> {
  const ns = freshNamespace();
  for (const key of keys) await send(`/v1/${ns}/kv/${key}`, { method: "PUT", body: `value of ${key}` });
  return ns;
}

test("all keys, in order of their bytes, as JSON that a person can read", async () => {
  const ns = await filled("b", "a/1", "%FF");
  const { keys, revision, cursor } = await list(ns, "");
  expect(keys.map(({ key }) => key)).toEqual(["a/1", "b", "/w=="]);
  expect(keys[2]).toMatchObject({ key_encoding: "base64", value: "value of %FF" });
  expect(keys[0]).toEqual({
    key: "a/1",
    value: "value of a/1",
    content_type: "text/plain;charset=UTF-8",
    create_revision: 3,
    mod_revision: 3,
    version: 1,
    actor: "root",
    time: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect([revision, cursor]).toEqual([4, undefined]);
});

test("keys only, below a prefix, binary prefixes too", async () => {
  const ns = await filled("a", "a/1", "a/2", "b", "%FF%FE", "%FF%FF");
  const by = { actor: "root", time: expect.any(String) };
  expect((await list(ns, "prefix=a/&keys_only=true")).keys).toEqual([
    { key: "a/1", create_revision: 3, mod_revision: 3, version: 1, ...by },
    { key: "a/2", create_revision: 4, mod_revision: 4, version: 1, ...by },
  ]);
  expect((await list(ns, "prefix=%FF&keys_only=true")).keys).toHaveLength(2);
  expect((await list(ns, "prefix=nothing")).keys).toEqual([]);
});

test("pages are read at one revision, whatever happens in between", async () => {
  const ns = await filled("k1", "k2", "k3", "k4", "k5");
  const seen: unknown[] = [];
  let cursor: string | undefined = "";
  for (let pages = 0; cursor !== undefined && pages < 9; pages++) {
    const page: Page = await list(ns, `prefix=k&limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
    expect(page.revision).toBe(6);
    seen.push(...page.keys.map(({ key }) => key));
    cursor = page.cursor;
    await send(`/v1/${ns}/kv/k4`, { method: "DELETE" });
    await send(`/v1/${ns}/kv/k2${pages}`, { method: "PUT", body: "late" });
  }
  expect(seen).toEqual(["k1", "k2", "k3", "k4", "k5"]);
});

test("a cursor carries its prefix, and fits no other", async () => {
  const ns = await filled("k1", "k2", "x");
  const { cursor } = await list(ns, "prefix=k&limit=1");
  expect((await list(ns, `cursor=${cursor}`)).keys.map(({ key }) => key)).toEqual(["k2"]);
  await problemOf(await send(`/v1/${ns}/kv?prefix=x&cursor=${cursor}`), "invalid-request");
  await problemOf(await send(`/v1/${ns}/kv?revision=2&cursor=${cursor}`), "invalid-request");
});

test.each([
  ["limit=0", "limit"],
  ["limit=1001", "limit"],
  ["limit=ten", "limit"],
  ["cursor=", "cursor"],
  ["cursor=nonsense", "cursor"],
  ["keys_only=maybe", "keys_only"],
  ["consistency=eventual", "consistency"],
  ["revision=0", "revision"],
  ["min_revision=-1", "min_revision"],
  ["prefix=%zz", "prefix"],
  ["prefix=a&prefix=b", "prefix"],
  ["unknown=1", "unknown"],
])("?%s is a problem of %s", async (query, parameter) => {
  const response = await send(`/v1/${freshNamespace()}/kv?${query}`);
  expect(await problemOf(response, "invalid-request")).toMatchObject({ parameter });
});
