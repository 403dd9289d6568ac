import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { scenarioRun } from "./scenario.ts";

const FOLDER = fileURLToPath(new URL("scenarios/", import.meta.url));

// Each file is its own expectation: `vitest -u` writes the answers anew, and a person reads the diff.
describe("scenarios", () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".txt"))) {
    test(file.replace(".txt", ""), async () => {
      const path = `${FOLDER}${file}`;
      await expect(scenarioRun(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
    });
  }
});

test("a command that nobody knows is an error", () => {
  expect(() => scenarioRun("given 3 acceptors\nwhen p prepars 1.p from 1 to a")).toThrow("unknown command");
  expect(() => scenarioRun("given 3 acceptors\nwhen p prepares 1.p from 1 to a; lst to b")).toThrow();
  expect(() => scenarioRun("given 3 acceptors\nwhen p prepares 1.p from 1 to d")).toThrow();
});

test("the onlooker objects when two entries are chosen in one slot", () => {
  const broken = [
    "given 3 acceptors",
    'when p accepts 1.p slot 1 "X" to a b',
    'when q accepts 2.q slot 1 "Y" to b c', // without phase 1
  ];
  expect(() => scenarioRun(broken.join("\n"))).toThrow();
});
