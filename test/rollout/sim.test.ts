import { expect, test } from "vitest";
import { simulate } from "./sim/run.ts";

/* The short form of `npm run sim:rollout`. */

test("releases among learners with clocks of their own, races, writes, schemas and failures keep every promise", () => {
  const { fault, ends } = simulate(1, 400);
  expect(fault).toBeUndefined();
  // What is simulated does happen.
  for (const state of ["completed", "rolled_back", "conflicted"]) expect(ends[state] ?? 0, state).toBeGreaterThan(0);
});

test.each([
  ["no-compare", /one step|stage|newer/],
  ["one-yes", /yes of 1/],
  ["writes-anyway", /wrote over/],
  ["reshuffles", /went back/],
] as const)("a store or a conductor that is wrong is caught: %s", (twin, what) => {
  expect(simulate(1, 3_000, twin).fault?.text).toMatch(what);
});
