import { expect, test } from "vitest";
import { simulate } from "./run.ts";

test("the same seed twice is the same run, event for event", async () => {
  for (const seed of [1, 7, 42]) {
    const first = await simulate(seed);
    const second = await simulate(seed);
    expect(first.failure).toBeUndefined();
    expect({ ...second }).toEqual({ ...first });
    expect(first.events).toBeGreaterThan(1_000);
  }
});

test("other seeds are other runs", async () => {
  const hashes = new Set<string>();
  for (const seed of [1, 2, 3, 4, 5]) hashes.add((await simulate(seed)).hash);
  expect(hashes.size).toBe(5);
});
