import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { mutantHunt } from "../mutants/hunt.ts";
import { LAYERS } from "../mutants/layer.ts";
import { MUTANTS } from "../mutants/mutants.ts";

// A few of the mutants, so that the search and the simulation are known to be awake; `npm run mutants` runs them all.

const TIMEOUT_MS = 120_000;
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
    for (const { file, find } of edits) {
      const text = readFileSync(fileURLToPath(new URL(`../../src/${file}`, import.meta.url)), "utf8");
      expect(text.split(find).length - 1, `${name}, in src/${file}`).toBe(1);
    }
  }
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});
