import { expect, test } from "vitest";
import { VALUE_BYTES_MAX } from "../../src/api/limits.ts";
import type { Command, Op, Result } from "../../src/state/command.ts";
import { RESULTS_BYTES_MAX } from "../../src/state/limits.ts";
import { StateMachine } from "../../src/state/machine.ts";
import { resultBytes } from "../../src/state/result-budget.ts";
import { bytes, ops } from "./drive.ts";
import { nodeSql } from "./node-sql.ts";

const KEY = "k";
const large = new Uint8Array(VALUE_BYTES_MAX);
const propose = (value: Uint8Array): Op => ({ kind: "propose", key: bytes(KEY), value });
const contended: Op = { ...ops.put(KEY, "v"), condition: { kind: "absent" } };
const all: Op = {
  kind: "txn",
  compare: [],
  success: [{ kind: "range", key: bytes(KEY) }],
  failure: [],
};

function entryOf(id: string, operations: readonly Op[]) {
  return { id, commands: operations.map((op, at): Command => ({ id: `${id}-${at}`, birth: 1, op })) };
}

function machineWith(): StateMachine {
  const machine = new StateMachine(nodeSql());
  machine.apply(1, entryOf("first", [{ ...ops.put(KEY, ""), value: large }, propose(large)]));
  return machine;
}

function sizeOf(results: readonly Result[]): number {
  return results.reduce((sum, result) => sum + resultBytes(result), 0);
}

test("many large results of one entry are told whole as far as there is memory for them, and all say what became", () => {
  const machine = machineWith();
  const operations = Array.from({ length: 192 }, (_, at) => [contended, propose(bytes("v")), all][at % 3] ?? all);
  const { results } = machine.apply(2, entryOf("many", operations));
  expect(sizeOf(results)).toBeLessThan(1.1 * RESULTS_BYTES_MAX);
  expect(
    results
      .slice(0, 3)
      .map((result) => resultBytes(result))
      .every((size) => size > VALUE_BYTES_MAX),
  ).toBe(true);
  expect(results.slice(-3)).toMatchObject([
    { kind: "refused", why: "condition-failed", current: { modRevision: 2 } },
    { kind: "applied-before" },
    // The verdict and the revision are told, and that the rest is left out.
    { kind: "txn", succeeded: true, revision: 2, parts: [{ kind: "range", kvs: [], count: 1, omitted: true }] },
  ]);
  // Of a proposal all is kept where it can not change.
  const kept = machine.result("many-190");
  expect([kept?.kind, kept?.kind === "propose" && kept.value.length]).toEqual(["propose", VALUE_BYTES_MAX]);
});

test("of entries applied together too, and what is told of a result is no part of the state", () => {
  const entries = Array.from({ length: 16 }, (_, index) => entryOf(`e${index}`, Array(4).fill(contended)));
  const together = machineWith();
  const results = together.applyAll(2, entries).flatMap((applied) => applied.results);
  expect(sizeOf(results)).toBeLessThan(1.1 * RESULTS_BYTES_MAX);
  const single = machineWith();
  const whole = entries.flatMap((entry, index) => single.apply(2 + index, entry).results);
  expect(sizeOf(whole)).toBeGreaterThan(60 * VALUE_BYTES_MAX);
  expect(together.digest).toBe(single.digest);
});
