import { describe, expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

async function txn(ns: string, body: unknown, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const response = await send(`/v1/${ns}/txn`, { method: "POST", body: textOf(body), headers });
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()) as Record<string, unknown>;
}

const textOf = (body: unknown) => (typeof body === "string" ? body : JSON.stringify(body));

const CREATE = {
  compare: [{ key: "a", version: 0 }],
  success: [{ put: { key: "a", value: "hällo" } }],
  failure: [{ range: { key: "a" } }],
};

const PUT_A = { put: { key: "a", value: "" } };

describe("a transaction that may change a key twice is refused", () => {
  test.each([
    ["by two puts", { success: [PUT_A, PUT_A] }],
    ["by a put and a delete of everything", { success: [PUT_A, { delete: { prefix: "" } }] }],
    ["by a delete of everything and a put", { failure: [{ delete: { prefix: "" } }, PUT_A] }],
    [
      "by a delete to the end in another list",
      { success: [{ txn: { failure: [{ delete: { prefix: "" } }] } }, { put: { key: "b", value: "" } }] },
    ],
    [
      "by a nested delete after a nested put",
      {
        success: [
          { txn: { success: [{ put: { key: "a/1", value: "" } }] } },
          { txn: { success: [{ delete: { prefix: "a/" } }] } },
        ],
      },
    ],
  ])("%s", async (_, body) => {
    const response = await send(`/v1/${freshNamespace()}/txn`, { method: "POST", body: textOf(body) });
    expect(await problemOf(response, "invalid-request")).toMatchObject({ parameter: "txn" });
  });

  test("and not for two branches of which one runs, nor for two deletes", async () => {
    const branches = { txn: { success: [PUT_A], failure: [PUT_A, { delete: { prefix: "b" } }] } };
    const body = { success: [branches, { delete: { prefix: "b" } }, { put: { key: "c", value: "" } }] };
    expect(await txn(freshNamespace(), body)).toMatchObject({ succeeded: true });
  });
});

describe("a transaction", () => {
  test("creates a key once; the second finds it", async () => {
    const ns = freshNamespace();
    expect(await txn(ns, CREATE)).toEqual({ revision: 2, succeeded: true, results: [{ put: { version: 1 } }] });
    const kv = { key: "a", value: "hällo", create_revision: 2, mod_revision: 2, version: 1 };
    expect(await txn(ns, CREATE)).toEqual({
      revision: 2,
      succeeded: false,
      results: [{ range: { keys: [expect.objectContaining(kv)], more: false, count: 1 } }],
    });
  });

  test("repeated under its id gives the first answer and changes nothing", async () => {
    const ns = freshNamespace();
    const headers = { "idempotency-key": "once" };
    const first = await txn(ns, CREATE, headers);
    expect(await txn(ns, CREATE, headers)).toEqual(first);
  });

  test("does all it says at one revision: puts, deletes of a prefix, ranges, transactions within", async () => {
    const ns = freshNamespace();
    for (const key of ["d/1", "d/2", "e"]) await send(`/v1/${ns}/kv/${key}`, { method: "PUT", body: key });
    const answer = await txn(ns, {
      compare: [{ prefix: "d/", op: ">", create_revision: 1 }],
      success: [
        { delete: { prefix: "d/", prev_kv: true } },
        { put: { key: "/w==", key_encoding: "base64", value: "AP8=", value_encoding: "base64" } },
        { txn: { compare: [{ key: "e", value: "e" }], success: [{ put: { key: "e", value: "f", prev_kv: true } }] } },
        { range: { key: "d/", end: "\u0000", keys_only: true, sort_by: "mod", sort_order: "descend", limit: 1 } },
      ],
    });
    expect(answer).toMatchObject({
      revision: 5,
      succeeded: true,
      results: [
        { delete: { deleted: 2, prev: [{ key: "d/1" }, { key: "d/2" }] } },
        { put: { version: 1 } },
        { txn: { succeeded: true, results: [{ put: { version: 2, prev: { value: "e" } } }] } },
        { range: { keys: [{ mod_revision: 5 }], more: true, count: 2 } },
      ],
    });
    expect(JSON.stringify((answer.results as unknown[])[3])).not.toContain("value");
    const binary = await send(`/v1/${ns}/kv/%FF`);
    expect(new Uint8Array(await binary.arrayBuffer())).toEqual(Uint8Array.of(0, 255));
  });
});

const put = (key: string, value = "") => ({ put: { key, value } });
/** As text, because what builds or prints such a thing step by step may not have the stack for it. */
const nested = (depth: number) => `${'{"success":[{"txn":'.repeat(depth)}{}${"}]}".repeat(depth)}`;

test.each([
  ["a key put twice", { success: [put("a"), put("a")] }, "invalid-request"],
  ["an empty key", { success: [put("")] }, "invalid-request", "success.0.put.key"],
  ["two things in one operation", { success: [{ ...put("a"), range: { key: "a" } }] }, "invalid-request", "success.0"],
  ["an operation of no kind", { failure: [{}] }, "invalid-request", "failure.0"],
  ["a misspelt member", { succes: [] }, "invalid-request", "succes"],
  ["nothing to compare with", { compare: [{ key: "a" }] }, "invalid-request", "compare.0"],
  ["two things to compare with", { compare: [{ key: "a", version: 1, value: "" }] }, "invalid-request", "compare.0"],
  ["a comparison of nothing", { compare: [{ version: 1 }] }, "invalid-request", "compare.0"],
  ["a prefix and a key", { success: [{ range: { key: "a", prefix: "a" } }] }, "invalid-request", "success.0.range"],
  ["what is not base64", { success: [{ delete: { key: "!", key_encoding: "base64" } }] }, "invalid-request"],
  ["no value", { success: [{ put: { key: "a" } }] }, "invalid-request", "success.0.put"],
  [
    "a lease id that is too large",
    { success: [{ put: { ...put("a").put, lease: "9223372036854775808" } }] },
    "invalid-request",
  ],
  ["a lease that is not there", { success: [{ put: { ...put("a").put, lease: "7" } }] }, "lease-not-found"],
  ["a revision to come", { success: [{ range: { key: "a", revision: 99 } }] }, "future-revision"],
  ["an absent key to be kept", { success: [{ put: { key: "a", ignore_value: true } }] }, "not-found"],
  ["a key that is too long", { success: [put("k".repeat(1025))] }, "too-large", "success.0.put.key"],
  ["a value that is too long", { success: [put("a", "v".repeat(2 ** 20 + 1))] }, "too-large", "success.0.put.value"],
  ["too many bytes in all", { success: [put("a", "v".repeat(2 ** 20)), put("b", "v".repeat(2 ** 20))] }, "too-large"],
  ["too many operations", { success: Array.from({ length: 129 }, (_, index) => put(`${index}`)) }, "too-large", "txn"],
  ["too many transactions in one another", nested(32), "too-large"],
  [
    "too many operations, nested ones included",
    {
      success: [
        ...Array.from({ length: 64 }, (_, i) => put(`${i}`)),
        { txn: { success: Array(65).fill({ txn: {} }) } },
      ],
    },
    "too-large",
  ],
  ["more nesting than anybody could mean", nested(20_000), "too-large"],
])("%s is refused", async (_, body, code, parameter?: string) => {
  const response = await send(`/v1/${freshNamespace()}/txn`, { method: "POST", body: textOf(body) });
  const problem = await problemOf(response, code);
  if (parameter !== undefined) expect(problem.parameter).toBe(parameter);
});

test("128 operations in each list, and 32 transactions in one another, are no problem", async () => {
  const list = (name: string) => Array.from({ length: 128 }, (_, index) => put(`${name}${index}`));
  const ns = freshNamespace();
  expect(await txn(ns, { success: list("s"), failure: list("f") })).toMatchObject({ revision: 2 });
  expect(await txn(ns, nested(31))).toMatchObject({ revision: 2, succeeded: true });
});
