import { expect, test } from "vitest";
import { wilson } from "../../bench/health/interval.ts";
import { falseAlarms, power } from "../../bench/health/trial.ts";

/* The short form of `npm run bench:health`: seeded, so that it comes out the same everywhere. */

const RUNS = 40;
const world = { seed: 7, runs: RUNS, clients: 400, requests: 5, errorRate: 0.01, share: 0.25, times: 1 };

test("false alarms are as rare as stated, also while the whole world fails", () => {
  expect(wilson(falseAlarms(world), RUNS).low).toBeLessThan(0.013);
  expect(wilson(falseAlarms({ ...world, incident: 4 }), RUNS).low).toBeLessThan(0.013);
});

test("five times as many errors are found within a minute, twice as many within six", () => {
  const five = power({ ...world, times: 5 });
  expect([five.found, five.medianS <= 60]).toEqual([RUNS, true]);
  const two = power({ ...world, times: 2 });
  expect([wilson(two.found, RUNS).high > 0.85, two.medianS <= 360]).toEqual([true, true]);
});
