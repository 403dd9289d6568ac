import { beforeAll, describe, expect, test } from "vitest";
import { simulate } from "./run.ts";
import { SEEDS, SEEDS_FIRST } from "./seeds.ts";
import { Summary } from "./summary.ts";

const TIMEOUT_MS = 300_000;

describe("the whole system, simulated", () => {
  const summary = new Summary();

  beforeAll(async () => {
    for (let seed = SEEDS_FIRST; seed < SEEDS_FIRST + SEEDS; seed++) {
      const report = await simulate(seed);
      if (report.failure !== undefined) {
        throw new Error(`${report.tail}\n\nseed ${seed}: ${report.failure}\n\nnpm run sim -- --seed ${seed}`);
      }
      summary.add(report);
    }
    console.log(summary.text());
  }, TIMEOUT_MS);

  test(`${SEEDS} seeds keep every invariant, and recover once the world is healed`, () => {
    expect(summary.seeds).toBe(SEEDS);
  });

  test("everything rare happened at least once", () => {
    expect(summary.never()).toEqual([]);
  });
});
