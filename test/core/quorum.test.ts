import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../src/core/invariant.ts";
import { quorumsCheck, quorumsFor } from "../../src/core/quorum.ts";

describe("quorums", () => {
  test.each([1, 3, 5, 7])("of %i acceptors intersect as every proof needs (invariant 11)", (members) => {
    const { phase1, classic, fast, read } = quorumsFor(members);
    expect(phase1 + classic).toBeGreaterThan(members);
    expect(phase1 + 2 * fast).toBeGreaterThan(2 * members);
    expect(read + classic).toBeGreaterThan(members);
    expect(read + fast).toBeGreaterThan(members);
    for (const size of [phase1, classic, fast, read]) expect(size).toBeLessThanOrEqual(members);
  });

  test.each([1, 3, 5, 7])("of %i acceptors are as small as they can be", (members) => {
    const quorums = quorumsFor(members);
    for (const name of ["phase1", "classic", "fast", "read"] as const) {
      expect(() => quorumsCheck({ ...quorums, [name]: quorums[name] - 1 })).toThrow(InvariantViolation);
    }
  });

  test("a majority is no fast quorum", () => {
    expect(() => quorumsCheck({ members: 5, phase1: 3, classic: 3, fast: 3, read: 3 })).toThrow(InvariantViolation);
  });

  test.each([0, 2, 4, 6, 8, 9, 1.5, Number.NaN])("%d acceptors are no configuration", (members) => {
    expect(() => quorumsFor(members)).toThrow(InvariantViolation);
  });
});
