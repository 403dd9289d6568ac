import { expect, test, vi } from "vitest";
import { appSend, freshNamespace } from "./app.ts";

const key = "aw==";

test("without a token where there is one, etcd's answer for no user", async () => {
  const response = await range(undefined);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 3, message: "etcdserver: user name is empty" });
});

test.each(["wrong", "Bearer wrong"])("authorization %s is not let in where there is a token", async (given) => {
  const response = await range(given);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: 16, message: "etcdserver: invalid auth token" });
});

test.each(["secret", "Bearer secret"])(
  "authorization %s is let in, as etcd's clients send it and as others do",
  async (given) => {
    expect((await range(given)).status).toBe(200);
  },
);

async function range(authorization: string | undefined): Promise<Response> {
  const headers = { "synod-namespace": freshNamespace(), ...(authorization === undefined ? {} : { authorization }) };
  return appSend({ token: "secret" })("/v3/kv/range", { method: "POST", headers, body: JSON.stringify({ key }) });
}

test.each(["/v3/watch", "/v3/lease/keepalive", "/v3/kv/range", "/v3/kv/put", "/v3/lock/lock"])(
  "a body of %s that breaks off is the sender's fault, and nothing in the log",
  async (path) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"create_request":{"key":')),
      pull: (controller) => controller.error(new Error("Network connection lost.")),
    });
    const response = await appSend()(path, { method: "POST", body });
    expect([response.status, await response.json()]).toMatchObject([400, { code: 3, message: "the body broke off" }]);
    expect(logged.mock.calls).toEqual([]);
    logged.mockRestore();
  },
);
