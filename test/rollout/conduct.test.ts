import { describe, expect, test } from "vitest";
import type { Release, Verdict } from "../../src/api/release.ts";
import { agrees, dueOf } from "../../src/rollout/conduct.ts";
import { releaseIn, strategyOf } from "./given.ts";

function guard(verdict: Verdict["verdict"], action: Verdict["action"] = "rollback"): Verdict {
  return { guard: "errors", action, verdict, detail: "as it is" };
}

function due(release: Release, stagedMs: number, verdicts: readonly Verdict[] = [], parsed = 0): string {
  return dueOf(release, verdicts, { stagedMs, nowMs: stagedMs }, parsed).kind;
}

describe("a learner finds due", () => {
  test("the next stage when the dwell is over by its own clock, and completion after the bake", () => {
    expect([due(releaseIn("staging"), 4_999), due(releaseIn("staging"), 5_000)]).toEqual(["wait", "advance"]);
    expect([due(releaseIn("baking"), 4_999), due(releaseIn("baking"), 5_000)]).toEqual(["wait", "complete"]);
  });

  test("a scheduled start at its time", () => {
    const release = releaseIn("scheduled", strategyOf(), { start_at_ms: 60_000 });
    expect([due(release, 59_999), due(release, 60_000)]).toEqual(["wait", "start"]);
  });

  test("a withdrawal at once, paused and baking too; a pause only of what goes on", () => {
    for (const state of ["staging", "paused", "baking"] as const) {
      expect(due(releaseIn(state), 0, [guard("worse")]), state).toBe("rollback");
      expect(due(releaseIn(state), 0, [guard("silent")]), state).toBe("rollback");
    }
    expect(due(releaseIn("staging"), 0, [guard("worse", "pause")])).toBe("pause");
    expect(due(releaseIn("paused"), 0, [guard("worse", "pause")])).toBe("wait");
    expect(due(releaseIn("staging"), 0, [guard("worse", "pause"), guard("worse")])).toBe("rollback");
    expect(due(releaseIn("staging"), 9_000, [guard("worse", "observe")])).toBe("advance");
  });

  test("nothing without evidence, until the longest dwell: then a pause, never an advance and never blame", () => {
    const release = releaseIn("staging", strategyOf({ max_dwell_s: 60 }));
    expect(due(release, 5_000, [guard("insufficient")])).toBe("wait");
    expect(due(release, 60_000, [guard("insufficient")])).toBe("pause");
    expect(due(release, 60_000, [guard("ok")])).toBe("advance");
  });

  test("that clients have to parse the values first", () => {
    const release = releaseIn("staging", strategyOf({ parse_first: { clients: 3, dwell_s: 1 }, max_dwell_s: 60 }));
    expect([due(release, 2_000, [], 2), due(release, 2_000, [], 3)]).toEqual(["wait", "advance"]);
    expect(due(release, 60_000, [], 2)).toBe("pause");
  });

  test("nothing in states that a person goes on from", () => {
    for (const state of ["draft", "validated", "approved", "completed", "rolled_back"] as const) {
      const found = dueOf(releaseIn(state), [guard("worse")], { stagedMs: 1e9, nowMs: 1e9 });
      expect(found).toMatchObject({ kind: "wait", forMs: Number.POSITIVE_INFINITY });
    }
  });
});

test("a second learner agrees to what it finds due itself, and to nothing else", () => {
  expect(agrees({ kind: "advance" }, "advance")).toBe(true);
  expect(agrees({ kind: "complete" }, "advance")).toBe(false);
  expect(agrees({ kind: "wait", forMs: 1, why: "" }, "advance")).toBe(false);
});
