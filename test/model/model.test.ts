import { describe, expect, test } from "vitest";
import { QUICK, TWINS } from "./configs.ts";
import { Search } from "./search.ts";
import { transcript } from "./transcript.ts";

const TIMEOUT_MS = 120_000;

describe("every state of", () => {
  for (const config of QUICK) {
    test(config.name, { timeout: TIMEOUT_MS }, () => {
      const search = new Search(config);
      const result = search.run();
      expect(transcript(search, result)).toBe("");
      expect([...result.sometimes.keys()]).toEqual(expect.arrayContaining([...config.sometimes]));
      expect(result.states).toBe(config.states);
    });
  }
});

describe("a broken twin is found out, by its outcome alone:", () => {
  for (const config of TWINS) {
    test(config.name, { timeout: TIMEOUT_MS }, async () => {
      const search = new Search(config, { outcomesOnly: true });
      const result = search.run();
      const name = config.name.replaceAll(" ", "-");
      await expect(`${transcript(search, result)}\n`).toMatchFileSnapshot(`twins/${name}.txt`);
      expect(result.violation).toBeDefined();
    });
  }
});
