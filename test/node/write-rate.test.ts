import { expect, test } from "vitest";
import { WriteRate } from "../../src/node/learner/write-rate.ts";
import type { Op } from "../../src/state/command.ts";
import type { Quotas } from "../../src/state/quota.ts";

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
