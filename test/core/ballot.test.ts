import { expect, test } from "vitest";
import { BALLOT_ZERO, ballotAbove, ballotCompare, ballotEqual, ballotMax } from "../../src/core/ballot.ts";

const ASCENDING = [
  BALLOT_ZERO,
  { n: 0, proposer: "a" },
  { n: 1, proposer: "a" },
  { n: 1, proposer: "b" },
  { n: 2, proposer: "" },
  { n: 2, proposer: "a" },
  { n: 10, proposer: "a" },
];

test("ballots are ordered by n, then by proposer, and no two differ that compare equal", () => {
  for (const [i, low] of ASCENDING.entries()) {
    for (const [j, high] of ASCENDING.entries()) {
      expect(Math.sign(ballotCompare(low, high))).toBe(Math.sign(i - j));
      expect(ballotEqual(low, high)).toBe(i === j);
      expect(ballotMax(low, high)).toEqual(ASCENDING[Math.max(i, j)]);
    }
  }
});

test("a new ballot is above everything seen, whoever owns it", () => {
  for (const seen of ASCENDING) {
    expect(ballotCompare(ballotAbove(seen, ""), seen)).toBeGreaterThan(0);
    expect(ballotCompare(ballotAbove(seen, "0"), seen)).toBeGreaterThan(0);
  }
});
