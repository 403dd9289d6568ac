import { describe, expect, test } from "vitest";
import { mutantHunt } from "../mutants/hunt.ts";
import { LAYERS } from "../mutants/layer.ts";
import { MUTANTS } from "../mutants/mutants.ts";
import { editFile } from "../mutants/source.ts";

// A few of the mutants, so that the search and the simulation are known to be awake; `npm run mutants` runs them all.

const TIMEOUT_MS = 600_000;
const AWAKE = LAYERS.filter(({ name }) => name === "model" || name === "simulation");

describe("the search or the simulation objects to", () => {
  for (const mutant of MUTANTS.filter(({ fast }) => fast)) {
    test.concurrent(mutant.name, { timeout: TIMEOUT_MS }, async () => {
      expect(await mutantHunt(mutant, AWAKE, [])).toBeDefined();
    });
  }
});

test("every mutant still finds the line it changes, once", () => {
  for (const { name, edits } of MUTANTS) {
    for (const edit of edits) expect(() => editFile(edit), name).not.toThrow();
  }
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});
