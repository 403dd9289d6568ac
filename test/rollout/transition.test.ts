import { describe, expect, test } from "vitest";
import { isEnded, RELEASE_STATES, type ReleaseState } from "../../src/api/release-state.ts";
import type { Asker, Circumstances, ReleaseEvent } from "../../src/rollout/event.ts";
import { Freeze } from "../../src/rollout/freeze.ts";
import { transition } from "../../src/rollout/transition.ts";
import { ANN, around, BEN, EVE, person, releaseIn, releaseOf, strategyOf, WEUR, YES } from "./given.ts";

const NO_FINDINGS = { findings: [] };
const ADVANCE: ReleaseEvent = { kind: "advance", yes: YES, ...NO_FINDINGS };

/** The state after an event, or why there is none. */
function after(state: ReleaseState, event: ReleaseEvent, asker: Asker, more: Partial<Circumstances> = {}) {
  const outcome = transition(releaseIn(state), event, asker, around(more));
  return outcome.kind === "next" ? `${outcome.release.state} ${outcome.release.stage}` : outcome.code;
}

describe("a release goes through its states", () => {
  test("from a draft to its end", () => {
    const steps: readonly [ReleaseEvent, Asker][] = [
      [{ kind: "validate", ...NO_FINDINGS }, ANN],
      [{ kind: "start", ...NO_FINDINGS }, ANN],
      [ADVANCE, WEUR],
      [ADVANCE, WEUR],
      [{ kind: "complete", yes: YES, ...NO_FINDINGS }, WEUR],
    ];
    let release = releaseOf();
    const states = [];
    for (const [event, asker] of steps) {
      const outcome = transition(release, event, asker, around());
      if (outcome.kind !== "next") throw new Error(outcome.detail);
      release = outcome.release;
      states.push([release.state, release.stage, outcome.effect]);
    }
    expect(states).toEqual([
      ["validated", null, "none"],
      ["staging", 0, "none"],
      ["staging", 1, "none"],
      ["baking", null, "none"],
      ["completed", null, "write-keys"],
    ]);
    expect(release.transitions).toBe(6);
    expect(release.last).toMatchObject({ kind: "complete", by: "learner:weur", evidence: YES });
  });

  test("a stage that only parses comes before the others", () => {
    const strategy = strategyOf({ parse_first: {} });
    const start = transition(releaseIn("validated", strategy), { kind: "start", ...NO_FINDINGS }, ANN, around());
    if (start.kind !== "next") throw new Error(start.detail);
    const stages = [start.release];
    for (let at = 0; at < 3; at++) {
      const next = transition(stages.at(-1) ?? start.release, ADVANCE, WEUR, around());
      if (next.kind !== "next") throw new Error(next.detail);
      stages.push(next.release);
    }
    expect(stages.map(({ state, stage }) => [state, stage])).toEqual([
      ["staging", 0],
      ["staging", 1],
      ["staging", 2],
      ["baking", null],
    ]);
  });

  test("a pause comes back to the stage, or to the bake", () => {
    expect(after("paused", { kind: "resume" }, EVE)).toBe("staging 0");
    const baking = transition(releaseIn("baking"), { kind: "pause" }, WEUR, around());
    if (baking.kind !== "next") throw new Error(baking.detail);
    const resumed = transition(baking.release, { kind: "resume" }, EVE, around());
    expect(resumed).toMatchObject({ release: { state: "baking", stage: null } });
  });

  test("nothing leads out of an end but a revert of what was completed", () => {
    const events: readonly ReleaseEvent[] = [
      { kind: "validate", ...NO_FINDINGS },
      { kind: "approve", digest: "d1" },
      { kind: "reject" },
      { kind: "schedule", startAtMs: 5 },
      { kind: "start", ...NO_FINDINGS },
      ADVANCE,
      { kind: "complete", yes: YES, ...NO_FINDINGS },
      { kind: "pause" },
      { kind: "resume" },
      { kind: "rollback" },
      { kind: "cancel" },
      { kind: "conflict", key: "k" },
    ];
    const root = person("root", "release:author", "release:approve", "release:operate");
    for (const state of RELEASE_STATES.filter((one) => isEnded({ state: one }))) {
      for (const event of events) expect(after(state, event, root), `${state} ${event.kind}`).toBe("release-state");
    }
    expect(after("completed", { kind: "revert", by: "r-2" }, EVE)).toBe("reverted null");
  });
});

describe("who may", () => {
  test("the author starts, cancels and schedules; a stranger does not", () => {
    const zoe = person("zoe", "release:author");
    expect(after("validated", { kind: "start", ...NO_FINDINGS }, ANN)).toBe("staging 0");
    expect(after("validated", { kind: "start", ...NO_FINDINGS }, zoe)).toBe("forbidden");
    expect(after("validated", { kind: "start", ...NO_FINDINGS }, EVE)).toBe("staging 0");
    expect(after("validated", { kind: "cancel" }, zoe)).toBe("forbidden");
    expect(after("validated", { kind: "schedule", startAtMs: 9 }, ANN)).toBe("scheduled null");
  });

  test("somebody else than the author approves, once each, what is stored", () => {
    const two = releaseIn("validated", strategyOf({ approvals: 2 }));
    const approve = { kind: "approve", digest: "d1" } as const;
    const ann = transition(two, approve, person("ann", "release:approve", "release:author"), around());
    expect(ann).toMatchObject({ code: "forbidden" });
    expect(transition(two, { ...approve, digest: "d2" }, BEN, around())).toMatchObject({ code: "release-state" });
    const once = transition(two, approve, BEN, around());
    if (once.kind !== "next") throw new Error(once.detail);
    expect(once.release.state).toBe("validated");
    expect(transition(once.release, approve, BEN, around())).toMatchObject({ code: "release-state" });
    expect(transition(once.release, { kind: "start", ...NO_FINDINGS }, ANN, around())).toMatchObject({
      code: "release-state",
    });
    const twice = transition(once.release, approve, person("cyd", "release:approve"), around());
    if (twice.kind !== "next") throw new Error(twice.detail);
    expect(twice.release.state).toBe("approved");
    const started = transition(twice.release, { kind: "start", ...NO_FINDINGS }, ANN, around());
    expect(started).toMatchObject({ release: { state: "staging" } });
  });

  test("two learners advance, each for the same step, none by itself", () => {
    const [weur, enam] = YES;
    if (weur === undefined || enam === undefined) throw new Error("two are given");
    const advance = (yes: typeof YES, more: Partial<Circumstances> = {}) =>
      after("staging", { kind: "advance", yes, ...NO_FINDINGS }, WEUR, more);
    expect(advance([weur, enam])).toBe("staging 1");
    expect(advance([weur])).toBe("forbidden");
    expect(advance([weur, weur])).toBe("forbidden");
    expect(advance([enam])).toBe("forbidden");
    expect(advance([weur, { ...enam, step: 9 }])).toBe("forbidden");
    expect(advance([weur], { learners: 1 })).toBe("staging 1");
  });

  test("a yes whose guard is not fine is none", () => {
    const bad = { guard: "errors", action: "rollback", verdict: "insufficient", detail: "" } as const;
    const yes = YES.map((one) => ({ ...one, verdicts: [bad] }));
    expect(after("staging", { kind: "advance", yes, ...NO_FINDINGS }, WEUR)).toBe("forbidden");
    const observed = YES.map((one) => ({ ...one, verdicts: [{ ...bad, action: "observe" as const }] }));
    expect(after("staging", { kind: "advance", yes: observed, ...NO_FINDINGS }, WEUR)).toBe("staging 1");
  });

  test("any one learner pauses and rolls back, in every state in which something is shown", () => {
    for (const state of ["staging", "paused", "baking"] as const) {
      expect(after(state, { kind: "rollback" }, WEUR), state).toMatch(/^rolled_back/);
    }
    expect(after("staging", { kind: "pause" }, WEUR)).toBe("paused 0");
    expect(after("validated", { kind: "rollback" }, WEUR)).toBe("release-state");
  });

  test("a learner starts what is scheduled, by two, and nothing else", () => {
    const start: ReleaseEvent = { kind: "start", yes: YES, ...NO_FINDINGS };
    expect(after("scheduled", start, WEUR)).toBe("staging 0");
    expect(after("validated", start, WEUR)).toBe("forbidden");
    expect(after("scheduled", { ...start, yes: YES.slice(0, 1) }, WEUR)).toBe("forbidden");
    expect(after("validated", { kind: "approve", digest: "d1" }, WEUR)).toBe("forbidden");
    expect(after("paused", { kind: "resume" }, WEUR)).toBe("forbidden");
  });

  test("only an operator advances by hand, resumes and reverts", () => {
    expect(after("staging", { kind: "advance", ...NO_FINDINGS }, EVE)).toBe("staging 1");
    expect(after("staging", { kind: "advance", ...NO_FINDINGS }, ANN)).toBe("forbidden");
    expect(after("paused", { kind: "resume" }, ANN)).toBe("forbidden");
    expect(after("completed", { kind: "revert", by: "r-2" }, ANN)).toBe("forbidden");
  });
});

describe("what is checked", () => {
  test("findings of severity error stop it, others do not", () => {
    const error = { severity: "error", code: "schema", detail: "no number" } as const;
    const warning = { ...error, severity: "warning" } as const;
    expect(after("draft", { kind: "validate", findings: [error] }, ANN)).toBe("validation-failed");
    expect(after("draft", { kind: "validate", findings: [warning] }, ANN)).toBe("validated null");
    expect(after("staging", { kind: "advance", yes: YES, findings: [error] }, WEUR)).toBe("validation-failed");
    expect(after("baking", { kind: "complete", yes: YES, findings: [error] }, WEUR)).toBe("validation-failed");
  });

  test("a key that moved stops every step forward, and none backward", () => {
    const moved = { moved: "limits/cpu" };
    expect(after("validated", { kind: "start", ...NO_FINDINGS }, ANN, moved)).toBe("release-conflicted");
    expect(after("staging", ADVANCE, WEUR, moved)).toBe("release-conflicted");
    expect(after("baking", { kind: "complete", yes: YES, ...NO_FINDINGS }, WEUR, moved)).toBe("release-conflicted");
    expect(after("staging", { kind: "rollback" }, WEUR, moved)).toBe("rolled_back 0");
    expect(after("staging", { kind: "conflict", key: "limits/cpu" }, WEUR, moved)).toBe("conflicted 0");
  });

  test("in a freeze window nothing starts or widens; an operator may, and a roll-back always works", () => {
    const freezes = [Freeze.parse({ name: "weekend", cron: "* * * * 6,7", time_zone: "Europe/Berlin" })];
    const saturday = { freezes, nowMs: Date.UTC(2026, 10, 28, 12) };
    expect(after("validated", { kind: "start", ...NO_FINDINGS }, ANN, saturday)).toBe("release-frozen");
    expect(after("staging", ADVANCE, WEUR, saturday)).toBe("release-frozen");
    expect(after("staging", { kind: "rollback" }, WEUR, saturday)).toBe("rolled_back 0");
    expect(after("staging", ADVANCE, WEUR, { freezes, nowMs: Date.UTC(2026, 10, 27, 12) })).toBe("staging 1");
    const forced = transition(releaseIn("staging"), { kind: "advance", ...NO_FINDINGS }, EVE, around(saturday));
    expect(forced).toMatchObject({ release: { last: { overrode: "weekend" } } });
  });

  test("a freeze window follows its time zone", () => {
    const freeze = { name: "night", cron: "* 22-23 * * *", time_zone: "America/New_York" };
    const freezes = [Freeze.parse(freeze)];
    const at = (hour: number) => ({ freezes, nowMs: Date.UTC(2026, 0, 15, hour, 30, 17) });
    expect(after("staging", ADVANCE, WEUR, at(3))).toBe("release-frozen");
    expect(after("staging", ADVANCE, WEUR, at(5))).toBe("staging 1");
    expect(Freeze.safeParse({ ...freeze, time_zone: "Mars/Olympus" }).success).toBe(false);
    expect(Freeze.safeParse({ ...freeze, cron: "every day" }).success).toBe(false);
  });
});
