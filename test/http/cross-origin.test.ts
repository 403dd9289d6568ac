import { expect, test } from "vitest";
import { appSend } from "./app.ts";

const OPEN = [
  "/ofrep/v1/evaluate/flags",
  "/ofrep/v1/none",
  "/v1",
  "/v1/",
  "/v1/t",
  "/v1/t/kv/%",
  "/healthz",
  "/openapi.json",
  "/problems",
  "/problems/expired",
];
const CLOSED = [
  "/",
  "/v1x",
  "/v2/t",
  "/healthz/",
  "/healthzz",
  "/openapi.json/x",
  "/problem",
  "/ofrep",
  "/dev/network",
  "//v1/t",
];

test.each(OPEN)("pages of any origin may see %s, whatever the answer", async (path) => {
  for (const method of ["GET", "HEAD", "PATCH"]) {
    const { headers } = await appSend()(path, { method });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-expose-headers")).toContain("synod-revision,");
  }
  const asked = await appSend()(path, { method: "OPTIONS" });
  expect(asked.status).toBe(204);
  expect(asked.headers.get("access-control-allow-origin")).toBe("*");
  expect(asked.headers.get("access-control-expose-headers")).toContain("synod-revision,");
  expect(asked.headers.get("access-control-max-age")).toBe("86400");
});

test.each(CLOSED)("of %s they see nothing", async (path) => {
  for (const method of ["GET", "HEAD", "PATCH", "OPTIONS"]) {
    const { headers } = await appSend()(path, { method });
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("access-control-expose-headers")).toBeNull();
  }
});

test("a refused WebSocket is not for them", async () => {
  const { status, headers } = await appSend()("/v1/t/kv/%", { headers: { upgrade: "websocket" } });
  expect([status, headers.get("access-control-allow-origin")]).toEqual([400, null]);
});

test.each([
  ["GET", "/version", 200],
  ["HEAD", "/version", 405],
  ["POST", "/version", 405],
  ["OPTIONS", "/version", 200],
  ["OPTIONS", "/v3/kv/put", 200],
  ["GET", "/v3/kv/put", 405],
  ["HEAD", "/v3/kv/put", 405],
  ["POST", "/v3/kv/put/", 404],
  ["POST", "/v3", 404],
  ["GET", "/v3beta/", 404],
  ["OPTIONS", "/v3/nothing", 200],
])("%s %s is etcd's: %i, for pages of any origin", async (method, path, status) => {
  const response = await appSend()(path, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("access-control-allow-headers")).toBe(
    "accept, content-type, authorization, synod-namespace",
  );
  expect(await response.text()).toBe(await bodyOf(method, status));
});

async function bodyOf(method: string, status: number): Promise<string> {
  if (method === "HEAD" || method === "OPTIONS") return "";
  if (status === 200) return '{"etcdserver":"3.4.23","etcdcluster":"3.4.0"}';
  return status === 404 ? "Not Found\n" : "Method Not Allowed\n";
}

test.each(["/v3x/kv/put", "/v4/kv/put", "/version/", "/health/x"])("%s is not etcd's", async (path) => {
  const response = await appSend()(path, { method: "POST", body: "{}" });
  expect([response.status, response.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
});
