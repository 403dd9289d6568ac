import { expect, test } from "vitest";
import { WriteRate } from "../../src/node/learner/write-rate.ts";
import type { Op } from "../../src/state/command.ts";
import type { Quotas } from "../../src/state/quota.ts";
import { systemKey } from "../../src/state/system-space.ts";

const PUT: Op = { kind: "put", key: Uint8Array.of(1), value: Uint8Array.of(1) };
const DELETE: Op = { kind: "delete", key: Uint8Array.of(1) };

function rated(first: Quotas | null) {
  const state = { now: 1_000_000, quotas: first, limited: 0 };
  const rate = new WriteRate({
    host: { now: () => state.now },
    quotas: () => state.quotas,
    limited: () => {
      state.limited++;
    },
  });
  const writes = (count: number, op = PUT) => Array.from({ length: count }, () => rate.refusal(op));
  return { state, writes };
}

const kinds = (answers: readonly ({ readonly kind: string } | undefined)[]) =>
  answers.map((one) => one?.kind ?? "passed");

test("a second's worth passes at once, then as many as time brings", () => {
  const { state, writes } = rated({ writesPerSecond: 10 });
  expect(kinds(writes(11))).toEqual([...Array(10).fill("passed"), "rate-limited"]);
  expect(writes(1)).toMatchObject([{ limit: 10, retryAfterMs: 100 }]);
  state.now += 100;
  expect(kinds(writes(2))).toEqual(["passed", "rate-limited"]);
  state.now += 3_600_000;
  expect(kinds(writes(12)).filter((kind) => kind === "passed")).toHaveLength(10);
  expect(state.limited).toBe(5);
});

test("what makes room is never held up, and nothing is where nothing is limited", () => {
  const { state, writes } = rated({ writesPerSecond: 1 });
  expect(kinds([...writes(1), ...writes(50, DELETE), ...writes(1)])).toEqual([
    ...Array(51).fill("passed"),
    "rate-limited",
  ]);
  state.quotas = { keys: 1 };
  expect(kinds(writes(50))).toEqual(Array(50).fill("passed"));
  state.quotas = null;
  expect(kinds(writes(50))).toEqual(Array(50).fill("passed"));
});

test("a clock that goes back brings nothing, and takes nothing", () => {
  const { state, writes } = rated({ writesPerSecond: 2 });
  expect(kinds(writes(1))).toEqual(["passed"]);
  state.now -= 60_000;
  expect(kinds(writes(2))).toEqual(["passed", "rate-limited"]);
});

test("who may do what changes once a second, after a namespace was set up at once", () => {
  const { state, writes } = rated(null);
  const role: Op = { kind: "put", key: systemKey("policy/roles/a"), value: Uint8Array.of(1) };
  const nested: Op = { kind: "txn", compare: [], success: [role], failure: [] };
  const other: Op = { kind: "put", key: systemKey("releases/a"), value: Uint8Array.of(1) };
  expect(kinds(writes(31, role))).toEqual([...Array(30).fill("passed"), "rate-limited"]);
  expect(kinds(writes(1, nested))).toEqual(["rate-limited"]);
  expect(kinds(writes(40, { kind: "delete", key: role.key }))).toEqual(Array(40).fill("passed"));
  expect(kinds([...writes(40, other), ...writes(40)])).toEqual(Array(80).fill("passed"));
  state.now += 2_000;
  expect(kinds(writes(3, role))).toEqual(["passed", "passed", "rate-limited"]);
});
