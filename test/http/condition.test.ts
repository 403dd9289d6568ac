import { describe, expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

async function keyAt(): Promise<{ readonly path: string; readonly etag: string }> {
  const path = `/v1/${freshNamespace()}/kv/a`;
  const put = await send(path, { method: "PUT", body: "x" });
  return { path, etag: put.headers.get("etag") ?? "" };
}

const put = (path: string, headers: Record<string, string>) => send(path, { method: "PUT", body: "y", headers });

describe("a conditional write", () => {
  test("takes effect when one of the revisions is the key's", async () => {
    const { path, etag } = await keyAt();
    expect((await put(path, { "if-match": `"99", ${etag}` })).status).toBe(200);
    expect((await send(path, { method: "DELETE", headers: { "if-match": "*" } })).status).toBe(200);
    expect((await put(path, { "if-none-match": "*" })).status).toBe(201);
  });

  test("is refused otherwise, and told what the key is now", async () => {
    const { path, etag } = await keyAt();
    for (const headers of [{ "if-match": '"99"' }, { "if-none-match": "*" }]) {
      const refused = await put(path, headers);
      expect(refused.headers.get("etag")).toBe(etag);
      expect(refused.headers.get("synod-revision")).toBe("2");
      expect(await problemOf(refused, "precondition-failed")).toMatchObject({ revision: 2, mod_revision: 2 });
    }
    expect(await (await send(path)).text()).toBe("x");
  });

  test("on a key that is not there", async () => {
    const path = `/v1/${freshNamespace()}/kv/none`;
    const refused = await put(path, { "if-match": "*" });
    expect(refused.headers.get("etag")).toBeNull();
    expect(await problemOf(refused, "precondition-failed")).toMatchObject({ mod_revision: 0 });
  });

  test.each([
    [{ "if-match": "abc" }, "if-match"],
    [{ "if-match": "" }, "if-match"],
    [{ "if-none-match": '"2"' }, "if-none-match"],
    [{ "if-match": "*", "if-none-match": "*" }, "if-none-match"],
    [{ "idempotency-key": "x".repeat(129) }, "idempotency-key"],
    [{ "idempotency-key": "" }, "idempotency-key"],
    [{ "content-type": "nonsense" }, "content-type"],
  ])("with %j is a problem of %s", async (headers, parameter) => {
    const response = await put(`/v1/${freshNamespace()}/kv/a`, headers as Record<string, string>);
    expect(await problemOf(response, "invalid-request")).toMatchObject({ parameter });
  });
});

describe("a conditional read", () => {
  test("of what the reader has already is 304, without a body", async () => {
    const { path, etag } = await keyAt();
    for (const tag of [etag, "*", `W/${etag}`]) {
      const read = await send(path, { headers: { "if-none-match": tag } });
      expect([read.status, read.headers.get("etag"), await read.text()]).toEqual([304, etag, ""]);
    }
    expect((await send(path, { headers: { "if-none-match": '"99"' } })).status).toBe(200);
  });

  test("of another revision than wanted is refused", async () => {
    const { path, etag } = await keyAt();
    expect((await send(path, { headers: { "if-match": etag } })).status).toBe(200);
    await problemOf(await send(path, { headers: { "if-match": '"99"' } }), "precondition-failed");
  });

  test("with a tag that a proxy made, or anybody else, names no revision and is no error", async () => {
    const { path, etag } = await keyAt();
    for (const tag of [`"${etag.slice(1, -1)}-gzip"`, '"abc"', 'W/"x,y"', '"0"', '"9007199254740993"']) {
      const read = await send(path, { headers: { "if-none-match": tag } });
      expect([tag, read.status]).toEqual([tag, 200]);
      await problemOf(await send(path, { headers: { "if-match": tag } }), "precondition-failed");
      expect(await problemOf(await put(path, { "if-match": tag }), "precondition-failed")).toMatchObject({
        mod_revision: 2,
      });
      expect((await send(path, { headers: { "if-none-match": `${tag}, ${etag}` } })).status).toBe(304);
    }
    const many = Array.from({ length: 33 }, (_, index) => `"${index}"`).join();
    await problemOf(await send(path, { headers: { "if-none-match": many } }), "invalid-request");
  });

  test("that is 304 has the headers that the 200 has, but for those of the body's length", async () => {
    const { path, etag } = await keyAt();
    const list = path.replace(/\/a$/, "");
    for (const at of [path, list, `${list}?keys_only=true`]) {
      const whole = await send(at);
      const known = whole.headers.get("etag") ?? "";
      const same = await send(at, { headers: { "if-none-match": known } });
      expect([same.status, await same.text()]).toEqual([304, ""]);
      const { "content-length": _, ...headers } = Object.fromEntries(whole.headers);
      expect(Object.fromEntries(same.headers)).toEqual(headers);
    }
    expect((await send(path, { headers: { "if-none-match": etag } })).headers.get("cache-control")).toContain(
      "no-cache",
    );
  });

  test("at a revision", async () => {
    const { path } = await keyAt();
    await put(path, {});
    expect(await (await send(`${path}?revision=2`)).text()).toBe("x");
    expect(await (await send(`${path}?revision=3`)).text()).toBe("y");
    await problemOf(await send(`${path}?revision=1`), "not-found");
    await problemOf(await send(`${path}?revision=99`), "future-revision");
  });
});
