import { expect, test } from "vitest";
import { historyCheck } from "../../src/checker/check.ts";
import type { RegisterOperation } from "../../src/checker/history.ts";
import { linearizableCheck } from "../../src/checker/linearizable.ts";
import { Random } from "../random.ts";
import { bruteIsLinearizable } from "./brute.ts";
import { MUTATIONS } from "./mutate.ts";
import { simulate, withoutRevisions } from "./simulate.ts";
import { TINY_REVISION_MAX, tinyHistory } from "./tiny.ts";

const SIMULATED = 60;
const TINY = 6_000;

function settingOf(seed: number) {
  const random = new Random(seed);
  return {
    seed,
    operations: 20 + random.below(300),
    clients: 2 + random.below(20),
    keys: 1 + random.below(4),
    unknown: random.next() * 0.3,
    conditional: random.chance(0.7),
  };
}

test(`${SIMULATED} histories of an atomic store are accepted`, () => {
  for (let seed = 1; seed <= SIMULATED; seed++)
    expect([seed, historyCheck(simulate(settingOf(seed)))]).toEqual([seed, { kind: "ok" }]);
});

test(`${SIMULATED} of reads and puts are accepted by their values alone`, () => {
  for (let seed = 1; seed <= SIMULATED; seed++) {
    const bare = withoutRevisions(simulate({ ...settingOf(seed), conditional: false }));
    expect([seed, historyCheck(bare)]).toEqual([seed, { kind: "ok" }]);
  }
});

test("with conditions and no revisions the search may give up, but never accuses", () => {
  for (let seed = 1; seed <= SIMULATED; seed++) {
    const bare = withoutRevisions(simulate({ ...settingOf(seed), conditional: true }));
    expect([seed, linearizableCheck(bare.operations, 2_000).kind]).not.toEqual([seed, "illegal"]);
  }
});

test.each(MUTATIONS)("refused in every simulated history: $name", ({ rules, mutate }) => {
  let mutated = 0;
  for (let seed = 1; seed <= SIMULATED; seed++) {
    const bad = mutate(simulate(settingOf(seed)), new Random(seed));
    if (bad === undefined) continue;
    mutated += 1;
    const verdict = historyCheck(bad);
    const found = verdict.kind === "illegal" ? verdict.violations.map(({ rule }) => rule) : [];
    expect([seed, found.some((rule) => rules.includes(rule)) ? "refused" : found]).toEqual([seed, "refused"]);
  }
  expect(mutated).toBeGreaterThan(SIMULATED / 3);
});

test("a read of an overwritten value is refused by the search alone, without revisions", () => {
  const stale = MUTATIONS.find(({ name }) => name === "a read goes back to an overwritten value");
  let refused = 0;
  for (let seed = 1; seed <= SIMULATED; seed++) {
    const bad = stale?.mutate(simulate({ ...settingOf(seed), conditional: false }), new Random(seed));
    if (bad === undefined) continue;
    expect([seed, linearizableCheck(withoutRevisions(bad).operations).kind]).toEqual([seed, "illegal"]);
    refused += 1;
  }
  expect(refused).toBeGreaterThan(SIMULATED / 3);
});

test("5,000 operations on one key at a concurrency of 50, a twentieth of them unknown", () => {
  const setting = { seed: 1, operations: 5_000, clients: 50, keys: 1, unknown: 0.05 };
  expect(historyCheck(simulate({ ...setting, conditional: true }))).toEqual({ kind: "ok" });
  expect(historyCheck(withoutRevisions(simulate({ ...setting, conditional: false })))).toEqual({ kind: "ok" });
});

test("a search out of steps says so, and does not acquit", () => {
  const setting = { seed: 1, operations: 200, clients: 20, keys: 1, unknown: 0.2, conditional: true };
  expect(linearizableCheck(simulate(setting).operations, 10).kind).toBe("unknown");
});

test(`the search agrees with the definition on ${TINY} tiny random histories`, () => {
  const tally = { ok: 0, illegal: 0, lenient: 0 };
  for (let seed = 1; seed <= TINY; seed++) {
    const operations = tinyHistory(new Random(seed));
    const kind = bruteIsLinearizable(operations, TINY_REVISION_MAX * 2) ? "ok" : "illegal";
    const found = linearizableCheck(operations).kind;
    tally[kind] += 1;
    if (found === "ok" && kind === "illegal" && operations.some(isGuess)) tally.lenient += 1;
    else expect([seed, found]).toEqual([seed, kind]);
  }
  // Both verdicts have to be common, and leniency rare, or the agreement means little.
  expect(Math.min(tally.ok, tally.illegal)).toBeGreaterThan(TINY / 10);
  expect(tally.lenient).toBeLessThan(TINY / 100);
});

/** Compares with a revision that the search may have to guess (see `mayHold` in register.ts). */
function isGuess(op: RegisterOperation): boolean {
  if (op.kind === "get" || op.condition.kind !== "match") return false;
  return op.outcome.kind !== "ok" || op.outcome.result.kind === "precondition-failed";
}
