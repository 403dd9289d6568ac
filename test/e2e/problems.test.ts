/** Requests that make no sense: each gets a problem with a code of the closed list, soon, and no stack trace. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PROBLEM_CODES, type Problem, type ProblemCode } from "../../src/api/problem.ts";
import { HANG_MS } from "./client.ts";
import { DevServer } from "./server.ts";

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

interface Bad {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly code: ProblemCode | readonly ProblemCode[];
}

interface RawAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Sends the path as it stands: `fetch` would tidy up what is malformed. */
async function send({ method = "GET", path, headers = {}, body = "" }: Bad): Promise<RawAnswer> {
  const bytes = Buffer.from(body);
  const length = method === "GET" ? {} : { "content-length": `${bytes.length}` };
  const asked = request(server.base, { method, path, headers: { ...length, ...headers }, timeout: HANG_MS });
  asked.once("timeout", () => asked.destroy(new Error(`${method} ${path} hangs`)));
  const answered = once(asked, "response") as Promise<[IncomingMessage]>;
  // The server may close before it has read all of a body it refuses; the answer counts.
  asked.on("error", () => undefined);
  asked.end(bytes);
  const [answer] = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return {
    status: answer.statusCode ?? 0,
    contentType: answer.headers["content-type"],
    body: Buffer.concat(chunks).toString(),
  };
}

const KV = "/v1/bad/kv";
const big = (bytes: number): Uint8Array => new Uint8Array(bytes);
const INVALID = "invalid-request";

const BAD: Readonly<Record<string, readonly Bad[]>> = {
  "unknown routes": [
    { path: "/", code: "not-found" },
    { path: "/nothing", code: "not-found" },
    { path: "/v1/", code: "not-found" },
    { path: "/v1/bad", code: "not-found" },
    { path: "/v1/bad/nothing", code: "not-found" },
    { path: "/v2/bad/kv/k", code: "not-found" },
    { path: "//v1/bad/kv/k", code: "not-found" },
    { path: "/problems/nothing", code: INVALID },
    { path: "/healthz/", code: "not-found" },
  ],
  "wrong methods": [
    { method: "POST", path: `${KV}/k`, body: "v", code: "method-not-allowed" },
    { method: "PATCH", path: `${KV}/k`, body: "v", code: "method-not-allowed" },
    { method: "PUT", path: KV, body: "v", code: "method-not-allowed" },
    { method: "DELETE", path: KV, code: INVALID },
    { method: "PUT", path: "/v1/bad/propose/k", body: "v", code: "method-not-allowed" },
    { method: "POST", path: "/v1/bad/watch", code: "method-not-allowed" },
    { method: "PUT", path: "/v1/bad/status", code: "method-not-allowed" },
    { method: "POST", path: "/healthz", code: "method-not-allowed" },
    { method: "DELETE", path: "/dev/network", code: "method-not-allowed" },
  ],
  "malformed paths": [
    { path: `${KV}/%`, code: INVALID },
    { path: `${KV}/%zz`, code: INVALID },
    { path: `${KV}/a%2`, code: INVALID },
    { path: `${KV}/`, code: INVALID },
    { method: "PUT", path: `${KV}/`, body: "v", code: INVALID },
    { path: `${KV}/${"k".repeat(1025)}`, code: "too-large" },
    { method: "PUT", path: `${KV}/${"%20".repeat(1025)}`, body: "v", code: "too-large" },
    { path: "/v1/UPPER/kv/k", code: INVALID },
    { path: "/v1/a%20b/kv/k", code: INVALID },
    { path: "/v1/a%2Fb/kv/k", code: INVALID },
    { path: "/v1/%00/kv/k", code: INVALID },
    { path: `/v1/${"n".repeat(65)}/kv/k`, code: [INVALID, "too-large"] },
    { path: "/v1//kv/k", code: [INVALID, "not-found"] },
  ],
  "malformed queries": [
    { path: `${KV}?limit=0`, code: INVALID },
    { path: `${KV}?limit=1001`, code: INVALID },
    { path: `${KV}?limit=1e3`, code: INVALID },
    { path: `${KV}?cursor=nonsense`, code: INVALID },
    { path: `${KV}?cursor=W10`, code: INVALID },
    { path: `${KV}?keys_only=maybe`, code: INVALID },
    { path: `${KV}?prefix=a&prefix=b`, code: INVALID },
    { path: `${KV}?prefix=%`, code: INVALID },
    { path: `${KV}?unknown=1`, code: INVALID },
    { path: `${KV}/k?consistency=strong`, code: INVALID },
    { path: `${KV}/k?revision=0`, code: INVALID },
    { path: `${KV}/k?revision=-1`, code: INVALID },
    { path: `${KV}/k?revision=99999999999999999999`, code: INVALID },
    { path: `${KV}/k?revision=9999999`, code: "future-revision" },
    { path: `${KV}/k?min_revision=x`, code: INVALID },
    { method: "PUT", path: `${KV}/k?ttl=0`, body: "v", code: INVALID },
    { method: "PUT", path: `${KV}/k?unknown=5`, body: "v", code: INVALID },
  ],
  "malformed headers": [
    { path: `${KV}/k`, headers: { "synod-region": "mars" }, code: INVALID },
    { path: `${KV}/k`, headers: { "synod-region": "" }, code: INVALID },
    { method: "PUT", path: `${KV}/k`, headers: { "if-match": "7" }, body: "v", code: INVALID },
    { method: "PUT", path: `${KV}/k`, headers: { "if-match": '"x"' }, body: "v", code: "precondition-failed" },
    { method: "PUT", path: `${KV}/k`, headers: { "if-none-match": '"7"' }, body: "v", code: INVALID },
    { method: "PUT", path: `${KV}/k`, headers: { "if-match": "*", "if-none-match": "*" }, body: "v", code: INVALID },
    { method: "PUT", path: `${KV}/k`, headers: { "idempotency-key": "" }, body: "v", code: INVALID },
    {
      method: "PUT",
      path: `${KV}/k`,
      headers: { "idempotency-key": "x".repeat(129) },
      body: "v",
      code: [INVALID, "too-large"],
    },
    { method: "PUT", path: `${KV}/k`, headers: { "content-type": "nonsense" }, body: "v", code: INVALID },
    {
      method: "PUT",
      path: `${KV}/k`,
      headers: { "content-encoding": "gzip" },
      body: "v",
      code: "unsupported-media-type",
    },
    { method: "DELETE", path: `${KV}/k`, headers: { "if-match": '"7"' }, code: "precondition-failed" },
  ],
  "oversized values": [
    { method: "PUT", path: `${KV}/k`, body: big((1 << 20) + 1), code: "too-large" },
    { method: "POST", path: "/v1/bad/propose/k", body: big((1 << 20) + 1), code: "too-large" },
    { method: "PUT", path: `${KV}/k`, body: big(12 << 20), code: "too-large" },
  ],
  "malformed watches": [
    { path: "/v1/bad/watch?key=k", code: "upgrade-required" },
    { path: "/v1/bad/watch", headers: { accept: "text/event-stream" }, code: INVALID },
    { path: "/v1/bad/watch?key=a&prefix=b", headers: { accept: "text/event-stream" }, code: INVALID },
    { path: "/v1/bad/watch?key=k&from=0", headers: { accept: "text/event-stream" }, code: INVALID },
    {
      path: "/v1/bad/watch?key=k&from=x",
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
      code: INVALID,
    },
  ],
  "malformed bodies": [
    { method: "PUT", path: "/dev/network", body: "", code: INVALID },
    { method: "PUT", path: "/dev/network", body: "{", code: INVALID },
    { method: "PUT", path: "/dev/network", body: "null", code: INVALID },
    { method: "PUT", path: "/dev/network", body: "[]", code: INVALID },
    { method: "PUT", path: "/dev/network", body: '{"wan":"yes"}', code: INVALID },
    { method: "PUT", path: "/dev/network", body: '{"down":["mars"]}', code: INVALID },
    { method: "PUT", path: "/dev/network", body: '{"drop":2}', code: INVALID },
    { method: "PUT", path: "/dev/network", body: '{"partitions":[["oc"],["oc"]]}', code: INVALID },
    { method: "PUT", path: "/dev/network", body: '{"what":1}', code: INVALID },
    { method: "PUT", path: "/dev/network", body: Uint8Array.of(0xff, 0xfe), code: INVALID },
    { method: "PUT", path: "/dev/network", body: big(1 << 20), code: "too-large" },
  ],
};

test.each(Object.entries(BAD))("%s", async (_, requests) => {
  for (const bad of requests) {
    const asked = `${bad.method ?? "GET"} ${bad.path.slice(0, 80)} ${JSON.stringify(bad.headers ?? {})}`;
    const answer = await send(bad);
    expect(answer.contentType, `${asked}: ${answer.status} ${answer.body}`).toBe("application/problem+json");
    const problem = JSON.parse(answer.body) as Problem;
    expect([bad.code].flat(), asked).toContain(problem.code);
    expect(PROBLEM_CODES).toContain(problem.code);
    expect(answer.status, asked).toBe(problem.status);
    expect(problem).toMatchObject({
      type: `/problems/${problem.code}`,
      title: expect.any(String),
      detail: expect.any(String),
    });
    expect(answer.body, asked).not.toMatch(/\bat .*[:(]\d+|\.ts\b|node_modules|Error:/);
  }
});

test("after all of it the server is as well as before, and the network untouched", async () => {
  expect((await send({ method: "PUT", path: `${KV}/k`, body: "v", code: [] })).status).toBe(201);
  expect((await send({ path: "/dev/network", code: [] })).body).toContain("{}");
});

test("the explanation that a problem points to is there, for each code", async () => {
  for (const code of PROBLEM_CODES) {
    expect((await send({ path: `/problems/${code}`, code: [] })).status).toBe(200);
  }
});
