import { describe, expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

describe("with a token", () => {
  const send = appSend({ token: "s3cret" });
  const path = `/v1/${freshNamespace()}/kv/a`;

  test.each([
    [{}],
    [{ authorization: "Bearer wrong" }],
    [{ authorization: "s3cret" }],
    [{ authorization: "Basic s3cret" }],
  ])("%j is not enough", async (headers) => {
    const response = await send(path, { headers: headers as Record<string, string> });
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
    await problemOf(response, "unauthorized");
  });

  test("whoever has it gets in", async () => {
    const headers = { authorization: "Bearer s3cret" };
    expect((await send(path, { method: "PUT", body: "x", headers })).status).toBe(201);
  });

  test("nobody needs it for what is no namespace, nor a browser that asks first", async () => {
    expect((await send("/healthz")).status).toBe(200);
    expect((await send("/openapi.json")).status).toBe(200);
    expect((await send(path, { method: "OPTIONS" })).status).toBe(204);
  });
});

test.each(["", " ", "a b", "tökén", "a\n"])("a token that nobody could send is refused: %j", (token) => {
  expect(() => appSend({ token })).toThrow("SYNOD_ROOT_TOKEN");
});

test("who has no right makes no object: etcd's /health and /version ask none", async () => {
  const asked: string[] = [];
  const send = appSend({
    token: "s3cret",
    coordinatorFor: ({ namespace }) => {
      const call = (): never => {
        asked.push(namespace);
        throw new Error("an object was asked");
      };
      return {
        permit: call,
        permitOf: call,
        read: call,
        write: call,
        status: call,
        metrics: call,
        backup: call,
        release: call,
        watch: call,
      };
    },
  });
  for (const method of ["GET", "HEAD", "POST", "PUT", "OPTIONS"]) {
    for (const path of ["/health", "/version", "/v3/kv/range", "/v3/watch", "/v3/lease/keepalive", "/v1/x/watch"]) {
      const headers = { "synod-namespace": "x", authorization: "Bearer wrong", accept: "text/event-stream" };
      await send(path, { method, headers, ...(method === "POST" || method === "PUT" ? { body: "{}" } : {}) });
    }
  }
  expect(asked).toEqual([]);
  expect(await (await send("/health")).json()).toEqual({ health: "true" });
});

test("pages of any origin may use it, and see our headers", async () => {
  const send = appSend();
  const headers = { origin: "https://a.test", "access-control-request-headers": "if-match" };
  const asked = await send("/v1/t/kv/a", { method: "OPTIONS", headers });
  expect(asked.headers.get("access-control-allow-methods")).toContain("PUT");
  expect(asked.headers.get("access-control-allow-headers")).toBe("if-match");
  const answered = await send("/v1/t/kv/%", { headers: { origin: "https://a.test" } });
  expect(answered.headers.get("access-control-allow-origin")).toBe("*");
  expect(answered.headers.get("access-control-expose-headers")).toContain("synod-revision");
});

describe("the dev network", () => {
  const json = { wan: true, down: ["weur"], partitions: [["wnam", "enam"], ["apac"]], drop: 0.05, jitter: 0.1 };
  const put = (body: unknown) => appSend()("/dev/network", { method: "PUT", body: JSON.stringify(body) });

  test("is replaced as a whole and read back", async () => {
    expect(await (await put(json)).json()).toEqual(json);
    expect(await (await appSend()("/dev/network")).json()).toEqual(json);
    expect(await (await put({})).json()).toEqual({});
    expect(await (await appSend()("/dev/network")).json()).toEqual({});
  });

  test.each([
    [{ wan: "yes" }, "wan"],
    [{ down: ["mars"] }, "down.0"],
    [{ partitions: ["wnam"] }, "partitions.0"],
    [{ partitions: [["wnam"], ["wnam"]] }, "partitions"],
    [{ drop: 1.1 }, "drop"],
    [{ jitter: -1 }, "jitter"],
    [{ latency: 1 }, "latency"],
    [[], undefined],
    [null, undefined],
  ])("%j is a problem of %s", async (body, parameter) => {
    const { parameter: named } = await problemOf(await put(body), "invalid-request");
    expect(named).toBe(parameter);
  });

  test("takes JSON only, and not too much of it", async () => {
    const send = (body: BodyInit) => appSend()("/dev/network", { method: "PUT", body });
    await problemOf(await send("{"), "invalid-request");
    await problemOf(await send(""), "invalid-request");
    await problemOf(await send(Uint8Array.of(0xff)), "invalid-request");
    await problemOf(await send(" ".repeat(65_537)), "too-large");
  });

  test("does not exist in a deployment, where nobody can claim a region either", async () => {
    const send = appSend({ dev: undefined });
    await problemOf(await send("/dev/network"), "not-found");
    await problemOf(await send("/dev/network", { method: "PUT", body: "{}" }), "not-found");
    const headers = { "synod-region": "mars" };
    expect((await send(`/v1/${freshNamespace()}/status`, { headers })).status).toBe(200);
    await problemOf(await appSend()("/v1/t/status", { headers }), "invalid-request");
  });
});
