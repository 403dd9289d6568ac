import { describe, expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();
const MIB = 1024 * 1024;

function random(bytes: number): Uint8Array<ArrayBuffer> {
  const value = new Uint8Array(bytes);
  // 64 KiB at most in one call (Web Cryptography API).
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(value.subarray(at, at + 65_536));
  return value;
}

describe("keys", () => {
  const ns = freshNamespace();

  test.each([
    ["a/b/c", "a%2Fb%2Fc"],
    ["with%20space", "with%20space"],
    ["d%C3%A9j%C3%A0/%E2%9C%93", "déjà/✓"],
    ["//double//", "%2F%2Fdouble%2F%2F"],
    ["%00%01%FF%0A", "%00%01%ff%0a"],
    ["100%25", "100%25"],
    ["a+b", "a%2Bb"],
    ["a?b".replace("?", "%3F"), "a%3fb"],
    ["..%2F..%2Fetc", "%2E%2E%2F..%2Fetc"],
    ["k".repeat(1024), "k".repeat(1024)],
  ])("%s is also %s", async (one, other) => {
    const value = random(16);
    expect((await send(`/v1/${ns}/kv/${one}`, { method: "PUT", body: value })).status).toBe(201);
    const read = await send(`/v1/${ns}/kv/${other}`);
    expect(read.status).toBe(200);
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(value);
  });

  test.each(["", "%", "%4", "%zz", "a%"])("%j is a problem", async (key) => {
    await problemOf(await send(`/v1/${ns}/kv/${key}`), "invalid-request");
  });

  test("of more than 1 KiB are too large", async () => {
    await problemOf(await send(`/v1/${ns}/kv/${"k".repeat(1025)}`, { method: "PUT", body: "x" }), "too-large");
  });
});

describe("values", () => {
  const ns = freshNamespace();

  test.each([
    ["empty", 0],
    ["one mebibyte", MIB],
  ])("%s comes back byte for byte with its content type", async (_, bytes) => {
    const value = random(bytes);
    const headers = { "content-type": 'image/x-noise; a="b"' };
    const put = await send(`/v1/${ns}/kv/${bytes}`, { method: "PUT", body: value, headers });
    expect(put.status).toBe(201);
    const read = await send(`/v1/${ns}/kv/${bytes}`);
    expect(read.headers.get("content-type")).toBe('image/x-noise; a="b"');
    expect(read.headers.get("x-content-type-options")).toBe("nosniff");
    expect(read.headers.get("content-length")).toBe(`${bytes}`);
    expect(read.headers.get("etag")).toBe(put.headers.get("etag"));
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(value);
  });

  test("without a content type are bytes", async () => {
    await send(`/v1/${ns}/kv/untyped`, { method: "PUT", body: Uint8Array.of(1) });
    const read = await send(`/v1/${ns}/kv/untyped`);
    expect(read.headers.get("content-type")).toBe("application/octet-stream");
    await read.arrayBuffer();
  });

  test("of more than one mebibyte are too large, with and without a declared length", async () => {
    const path = `/v1/${ns}/kv/large`;
    await problemOf(await send(path, { method: "PUT", body: new Uint8Array(MIB + 1) }), "too-large");
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(MIB / 4)),
    });
    const endless = appSend({ dev: undefined });
    await problemOf(await endless(path, { method: "PUT", body: stream }), "too-large");
    await problemOf(await send(path), "not-found");
  });

  test("must not be compressed on the way", async () => {
    const init = { method: "PUT", body: "x", headers: { "content-encoding": "gzip" } };
    await problemOf(await send(`/v1/${ns}/kv/zip`, init), "unsupported-media-type");
  });
});

describe("answers", () => {
  test("say how they came about", async () => {
    const path = `/v1/${freshNamespace()}/kv/a`;
    const put = await send(path, { method: "PUT", body: "x", headers: { "idempotency-key": "mine" } });
    expect(put.headers.get("synod-path")).toMatch(/^(fast|classic|leader); trips=\d+$/);
    expect(put.headers.get("synod-request-id")).toBe("mine");
    expect(await put.json()).toEqual({ revision: 2, version: 1 });
    const read = await send(path);
    expect(read.headers.get("synod-path")).toMatch(/^quorum-read; trips=\d+$/);
    expect(read.headers.get("synod-revision")).toBe("2");
    expect(await read.text()).toBe("x");
    const local = await send(`${path}?consistency=local&min_revision=2`);
    expect(local.headers.get("synod-lag")).toMatch(/^\d+$|^unknown$/);
    expect(await local.text()).toBe("x");
  });

  test("HEAD is GET without the body", async () => {
    const path = `/v1/${freshNamespace()}/kv/a`;
    await send(path, { method: "PUT", body: "four" });
    const head = await send(path, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe("4");
    expect(await head.text()).toBe("");
  });

  test("a repeat gets the first answer and changes nothing", async () => {
    const path = `/v1/${freshNamespace()}/kv/a`;
    const init = { method: "PUT", headers: { "idempotency-key": "once" } };
    const first = await send(path, { ...init, body: "one" });
    await send(path, { method: "PUT", body: "two" });
    const again = await send(path, { ...init, body: "one" });
    expect([again.status, await again.json()]).toEqual([first.status, await first.json()]);
    expect(await (await send(path)).text()).toBe("two");
  });

  test("deleting says whether there was anything to delete", async () => {
    const path = `/v1/${freshNamespace()}/kv/a`;
    await send(path, { method: "PUT", body: "x" });
    expect(await (await send(path, { method: "DELETE" })).json()).toEqual({ revision: 3, deleted: 1 });
    expect(await (await send(path, { method: "DELETE" })).json()).toEqual({ revision: 3, deleted: 0 });
    await problemOf(await send(path), "not-found");
  });
});
