import { describe, expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import { RegionShares } from "../../src/node/learner/region-shares.ts";
import { leaderPlacement } from "../../src/node/propose/leader-placement.ts";

const members = ["wnam", "enam", "weur", "apac", "oc"] as const;
const configuration = { namespace: "n", epoch: 1, members };

function placed(...writes: readonly (readonly [Region, number])[]): Region | undefined {
  const traffic = new RegionShares();
  for (const [region, entries] of writes) traffic.add(region, entries);
  return leaderPlacement(configuration, traffic.eighths)[0];
}

describe("a leader is placed where writes through it cost least", () => {
  test("by the middle of the members when nothing is known", () => {
    expect(placed()).toBe("enam");
    expect(placed(["oc", 3])).toBe("enam");
  });

  test("by where they come from", () => {
    expect(placed(["oc", 50], ["apac", 50])).toBe("oc");
    expect(placed(["weur", 100])).toBe("weur");
    expect(placed(["enam", 60], ["weur", 60])).toBe("enam");
  });

  test("by the last of them", () => {
    expect(placed(["oc", 500], ["apac", 500], ["weur", 1_000])).toBe("weur");
  });

  test("alike for learners that heard of nearly the same", () => {
    expect(placed(["weur", 101], ["oc", 49])).toBe(placed(["oc", 52], ["weur", 99]));
  });
});
