import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

async function json(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const response = await send(path, init);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Record<string, unknown>;
}

const compact = (ns: string, revision: unknown) =>
  send(`/v1/${ns}/compact`, { method: "POST", body: JSON.stringify({ revision }) });

/** a is put at 2 and 3, deleted at 4 and put at 5; b is put at 6. */
async function lived(): Promise<string> {
  const ns = freshNamespace();
  for (const body of ["one", "two"]) await send(`/v1/${ns}/kv/a`, { method: "PUT", body });
  await send(`/v1/${ns}/kv/a`, { method: "DELETE" });
  await send(`/v1/${ns}/kv/a`, { method: "PUT", body: "three" });
  await send(`/v1/${ns}/kv/b`, { method: "PUT", body: "other" });
  return ns;
}

test("the versions of a key, the newest first, in pages", async () => {
  const ns = await lived();
  const whole = await json(`/v1/${ns}/history/a`);
  expect(whole).toMatchObject({
    revision: 6,
    versions: [
      { type: "put", value: "three", mod_revision: 5, version: 1 },
      { type: "delete", key: "a", mod_revision: 4 },
      { type: "put", value: "two", mod_revision: 3, version: 2 },
      { type: "put", value: "one", mod_revision: 2, version: 1 },
    ],
  });
  expect(whole.before).toBeUndefined();
  const page = await json(`/v1/${ns}/history/a?limit=3`);
  expect(page).toMatchObject({ before: 3 });
  expect((await json(`/v1/${ns}/history/a?limit=3&before=3`)).versions).toMatchObject([{ value: "one" }]);
  expect(await json(`/v1/${ns}/history/never`)).toEqual({ revision: 6, versions: [] });
});

test("old revisions can be read until they are compacted", async () => {
  const ns = await lived();
  const old = (query: string) => send(`/v1/${ns}/kv/a?${query}`);
  expect(await (await old("revision=3")).text()).toBe("two");
  await problemOf(await old("revision=4"), "not-found");
  expect(await (await compact(ns, 5)).json()).toEqual({ revision: 6 });
  expect(await problemOf(await old("revision=3"), "compacted")).toMatchObject({ compact_revision: 5 });
  await problemOf(await send(`/v1/${ns}/kv?revision=4`), "compacted");
  expect(await (await old("revision=5")).text()).toBe("three");
  expect((await json(`/v1/${ns}/history/a`)).versions).toMatchObject([{ value: "three" }]);
});

test("what cannot be compacted is refused", async () => {
  const ns = await lived();
  await problemOf(await compact(ns, 7), "future-revision");
  await problemOf(await compact(ns, 0), "invalid-request");
  await problemOf(await compact(ns, "5"), "invalid-request");
  await compact(ns, 5);
  await problemOf(await compact(ns, 4), "compacted");
});

test.each(["limit=0", "before=0", "before=x", "revision=2"])("?%s makes no sense", async (query) => {
  await problemOf(await send(`/v1/${freshNamespace()}/history/a?${query}`), "invalid-request");
});
