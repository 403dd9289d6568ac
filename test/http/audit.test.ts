import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend({ token: "r00t" });

interface Page {
  readonly changes: readonly Readonly<Record<string, unknown>>[];
  readonly cursor?: string;
}

function audited() {
  const ns = freshNamespace();
  const as = async (token: string, method: string, path: string, body?: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return send(`/v1/${ns}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  };
  const page = async (query = ""): Promise<Page> => (await as("r00t", "GET", `/audit${query}`)).json();
  return { as, page };
}

test("every change of keys, access and releases is told with its actor and its time, and without its value", async () => {
  const { as, page } = audited();
  const made = await as("r00t", "POST", "/tokens", JSON.stringify({ roles: ["writer"] }));
  const { id, token } = (await made.json()) as { readonly id: string; readonly token: string };
  await as(token, "PUT", "/kv/a", "s3cret-value");
  await as(token, "DELETE", "/kv/a");
  const release = { changes: [{ key: "b", value: "s3cret-value" }], strategy: "AllAtOnce" };
  expect((await as("r00t", "POST", "/releases", JSON.stringify(release))).status).toBe(201);
  const { changes, cursor } = await page();
  expect(cursor).toBeUndefined();
  expect(changes.slice(0, 3)).toEqual([
    expect.objectContaining({
      revision: 2,
      type: "put",
      kind: "access",
      document: `policy/tokens/${id}`,
      actor: "root",
    }),
    expect.objectContaining({ revision: 3, type: "put", kind: "keys", key: "a", version: 1, actor: `token:${id}` }),
    expect.objectContaining({ revision: 4, type: "delete", kind: "keys", key: "a", actor: `token:${id}` }),
  ]);
  for (const { time } of changes) expect(Date.parse(String(time))).toBeGreaterThan(0);
  expect(JSON.stringify(changes)).not.toMatch(/s3cret-value|hashes/);
  const releases = (await page("?kind=releases")).changes;
  expect(releases.map(({ transition }) => transition)).toMatchObject([{ to: "draft" }, { to: "validated" }]);
});

test("it is filtered by actor, kind and revision, and read in pages that lose nothing", async () => {
  const { as, page } = audited();
  for (let index = 0; index < 5; index++) await as("r00t", "PUT", `/kv/k${index}`, "v");
  await as("r00t", "PUT", "/roles/mine", JSON.stringify({ rules: [] }));
  const keys: unknown[] = [];
  let query = "?kind=keys&limit=2";
  for (let cursor: string | undefined = ""; cursor !== undefined; query = `?kind=keys&limit=2&cursor=${cursor}`) {
    const one: Page = await page(query);
    expect(one.changes.length).toBeLessThanOrEqual(2);
    keys.push(...one.changes.map(({ key }) => key));
    cursor = one.cursor;
  }
  expect(keys).toEqual(["k0", "k1", "k2", "k3", "k4"]);
  expect((await page("?kind=access")).changes).toMatchObject([{ document: "policy/roles/mine" }]);
  expect((await page("?actor=token:nobody")).changes).toEqual([]);
  expect((await page("?actor=root&from=6")).changes).toMatchObject([{ key: "k4" }, { document: "policy/roles/mine" }]);
});

test("what was compacted is gone, and asking for it says so", async () => {
  const { as, page } = audited();
  for (const value of ["1", "2", "3"]) await as("r00t", "PUT", "/kv/a", value);
  await as("r00t", "POST", "/compact", JSON.stringify({ revision: 3 }));
  expect((await page()).changes).toMatchObject([{ revision: 3 }, { revision: 4 }]);
  expect(await problemOf(await as("r00t", "GET", "/audit?from=2"), "compacted")).toMatchObject({ compact_revision: 3 });
});

test("only administrators read it", async () => {
  const { as } = audited();
  const made = await as("r00t", "POST", "/tokens", JSON.stringify({ roles: ["reader"] }));
  await problemOf(await as(((await made.json()) as { token: string }).token, "GET", "/audit"), "forbidden");
});
