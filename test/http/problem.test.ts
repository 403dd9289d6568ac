import { describe, expect, test, vi } from "vitest";
import { PROBLEM_CODES, PROBLEMS } from "../../src/api/problem.ts";
import type { Coordinator, ReadOutcome, WriteOutcome } from "../../src/node/coordinate/coordinator.ts";
import type { Refusal } from "../../src/state/command.ts";
import { appSend, problemOf, type Send } from "./app.ts";

/** An app whose namespaces always answer the same. */
function answering(outcome: { readonly write?: WriteOutcome; readonly read?: ReadOutcome }): Send {
  const never = (): never => {
    throw new Error("secret detail");
  };
  const coordinator: Coordinator = {
    permit: async () => ({ kind: "allowed" as const, stamp: 0, actor: "root", role: "root" }),
    permitOf: async () => ({ kind: "allowed" as const, stamp: 0, actor: "root", role: "root" }),
    write: async () => outcome.write ?? never(),
    read: async () => outcome.read ?? never(),
    status: async () => never(),
    metrics: async () => never(),
    backup: async () => never(),
    release: async () => never(),
    watch: async () => undefined,
  };
  return appSend({ coordinatorFor: () => coordinator });
}

function refusing(why: Refusal): Send {
  const result = { kind: "refused" as const, why, revision: 7, ...(why === "compacted" ? { compactRevision: 5 } : {}) };
  return answering({
    write: { kind: "applied", result, path: "fast", trips: 1 },
    read: { kind: "answer", result, path: "quorum-read", trips: 1 },
  });
}

const PUT = { method: "PUT", body: "x" };

test("a read that met a bug at a learner is answered with a reference, and not as too few regions", async () => {
  const send = answering({ read: { kind: "failed", reference: "r-1" } });
  expect(await problemOf(await send("/v1/t/kv/a"), "internal")).toMatchObject({ status: 500, reference: "r-1" });
  const gateway = await send("/v3/kv/range", { method: "POST", body: JSON.stringify({ key: "YQ==" }) });
  expect([gateway.status, await gateway.json()]).toMatchObject([500, { code: 13 }]);
});

describe("a write", () => {
  test("without a quorum had no effect, and may be tried again", async () => {
    const send = answering({ write: { kind: "no-quorum", detail: "three of five are down" } });
    const response = await send("/v1/t/kv/a", PUT);
    expect(response.headers.get("retry-after")).toBe("1");
    const { detail } = await problemOf(response, "no-quorum");
    expect(detail).toContain("three of five are down");
  });

  test("of unknown outcome names what makes a retry safe", async () => {
    const send = answering({ write: { kind: "outcome-unknown", detail: "too late" } });
    const response = await send("/v1/t/kv/a", PUT);
    const body = await problemOf(response, "outcome-unknown");
    expect(body.request_id).toBe(response.headers.get("synod-request-id"));
    expect(body.detail).toContain("Idempotency-Key");
    const again = await send("/v1/t/kv/a", { ...PUT, headers: { "idempotency-key": "mine" } });
    expect(await problemOf(again, "outcome-unknown")).toMatchObject({ request_id: "mine" });
  });
});

test.each(["/v1/t/kv/a", "/v1/t/kv", "/v1/t/history/a", "/v1/t/leases", "/v1/t/leases/7", "/v1/t/propose/a"])(
  "min_revision is a bound of %s: behind where nobody can say more, future-revision where the quorum knows",
  async (path) => {
    const behind = answering({ read: { kind: "no-quorum", detail: "nobody answers", revision: 5 } });
    const response = await behind(`${path}?min_revision=9&consistency=local`);
    expect([response.headers.get("retry-after"), response.headers.get("synod-revision")]).toEqual(["1", "5"]);
    expect(await problemOf(response, "behind")).toMatchObject({ revision: 5 });

    const result = { kind: "refused" as const, why: "compacted" as const, revision: 7, compactRevision: 5 };
    const send = answering({ read: { kind: "answer", result, path: "quorum-read", trips: 1 } });
    expect(await problemOf(await send(`${path}?min_revision=8`), "future-revision")).toMatchObject({ revision: 7 });
    await problemOf(await send(`${path}?min_revision=7`), "compacted");
  },
);

test("a read without a quorum points to local reads", async () => {
  const send = answering({ read: { kind: "no-quorum", detail: "nobody answers" } });
  const { detail } = await problemOf(await send("/v1/t/kv/a"), "no-quorum");
  expect(detail).toContain("consistency=local");
});

test.each([
  ["condition-failed", "precondition-failed"],
  ["compacted", "compacted"],
  ["future-revision", "future-revision"],
  ["key-not-found", "not-found"],
  ["lease-not-found", "lease-not-found"],
  ["lease-exists", "lease-exists"],
  ["duplicate-key", "invalid-request"],
  ["too-many-changes", "too-large"],
  ["answer-too-large", "too-large"],
  ["too-expensive", "too-expensive"],
  ["expired", "expired"],
] as const)("the refusal %s is the problem %s", async (why, code) => {
  for (const init of [PUT, { method: "GET" }]) {
    const response = await refusing(why)("/v1/t/kv/a", init);
    expect(response.headers.get("synod-revision")).toBe("7");
    const body = await problemOf(response, code);
    expect(body.revision).toBe(7);
    if (why === "compacted") expect(body.compact_revision).toBe(5);
  }
});

test("a bug is a reference into the log, never its message or stack", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  for (const path of ["/v1/t/kv/a", "/v1/t/kv", "/v1/t/status", "/v1/t/propose/a"]) {
    const response = await answering({})(path);
    const body = await problemOf(response, "internal");
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(logged.mock.lastCall?.[0]).toContain(body.reference);
  }
  logged.mockRestore();
});

test.each([
  "/",
  "/nope",
  "/v1",
  "/v1/t",
  "/v1/t/",
  "/v1/t/kv2",
  "/v1/t/status/",
  "/V1/t/kv",
  "/v1//kv2/a",
  "/%",
  "/v1/%/%",
])("%s is not found", async (path) => {
  await problemOf(await appSend()(path), "not-found");
});

test.each([
  ["POST", "/v1/t/kv/a", "PUT, GET, DELETE, HEAD, OPTIONS"],
  ["PATCH", "/v1/t/kv/a", "PUT, GET, DELETE, HEAD, OPTIONS"],
  ["PUT", "/v1/t/kv", "DELETE, GET, HEAD, OPTIONS"],
  ["DELETE", "/v1/t/propose/a", "POST, GET, HEAD, OPTIONS"],
  ["POST", "/v1/t/watch", "GET, OPTIONS"],
  ["PUT", "/healthz", "GET, HEAD, OPTIONS"],
  ["POST", "/openapi.json", "GET, HEAD, OPTIONS"],
  ["DELETE", "/dev/network", "GET, PUT, HEAD, OPTIONS"],
])("%s %s is not allowed, and says what is", async (method, path, allow) => {
  const response = await appSend()(path, { method });
  expect(response.headers.get("allow")).toBe(allow);
  await problemOf(response, "method-not-allowed");
});

test.each(["A", "-a", "a%2Fb", "%C3%A9", "a".repeat(65), "%zz", "a%00"])(
  "the namespace %s is a problem",
  async (ns) => {
    expect(await problemOf(await appSend()(`/v1/${ns}/kv/a`), "invalid-request")).toMatchObject({ parameter: "ns" });
  },
);

test.each(PROBLEM_CODES)("the type of %s leads to an explanation", async (code) => {
  const response = await appSend()(`/problems/${code}`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ code, ...PROBLEMS[code] });
});
