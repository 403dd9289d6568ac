import { describe, expect, test } from "vitest";
import { bucketOf } from "../../src/api/cohort.ts";
import { keyName } from "../../src/api/overlay.ts";
import { diffOf, inverseOf, type PlanValue, planFindings, targetsPerStage } from "../../src/rollout/plan.ts";
import { PRESETS } from "../../src/rollout/presets.ts";
import { releaseOf, strategyOf } from "./given.ts";

function text(value: string, contentType?: string): PlanValue {
  return { bytes: value.length, text: value, ...(contentType === undefined ? {} : { contentType }) };
}

/** The codes that a plan finds for one change. */
function found(before: PlanValue | undefined, after: PlanValue | undefined): readonly string[] {
  return planFindings([{ key: { key: "k" }, before, after }]).map(({ severity, code }) => `${severity} ${code}`);
}

describe("a plan tells of", () => {
  test("a value that doubled, from 64 bytes on", () => {
    expect(found(text("x".repeat(40)), text("x".repeat(90)))).toEqual(["warning doubled"]);
    expect(found(text("x"), text("xx"))).toEqual([]);
  });

  test("a value that was emptied", () => {
    expect(found(text("abc"), text(""))).toEqual(["warning emptied"]);
    expect(found(text(""), text(""))).toEqual(["info unchanged"]);
  });

  test("a type that changed: of JSON, to no JSON, of the content", () => {
    expect(found(text("[1]"), text('{"a":1}'))).toEqual(["warning type-changed"]);
    expect(found(text("[1]"), text("[1"))).toEqual(["warning type-changed"]);
    expect(found(text("abc", "text/plain"), text("abd", "text/html"))).toEqual(["warning type-changed"]);
    expect(found(text("1"), text("2"))).toEqual([]);
  });

  test("a value that claims to be JSON and is none: an error", () => {
    expect(found(undefined, text("{", "application/json"))).toEqual(["error not-json"]);
    expect(found(undefined, text("{", "application/vnd.acme+json; charset=utf-8"))).toEqual(["error not-json"]);
    expect(found(undefined, text("{", "text/plain"))).toEqual([]);
  });

  test("a deletion, and one of nothing", () => {
    expect(found(text("abc"), undefined)).toEqual(["info deleted"]);
    expect(found(undefined, undefined)).toEqual(["warning absent"]);
  });

  test("how each key differs", () => {
    const kinds = [
      diffOf({ key: { key: "a" }, before: undefined, after: text("1") }),
      diffOf({ key: { key: "a" }, before: text("1"), after: text("2") }),
      diffOf({ key: { key: "a" }, before: text("1"), after: undefined }),
      diffOf({ key: { key: "a" }, before: text("1"), after: text("1") }),
      // Bytes that are no text may differ in ways that the plan does not see.
      diffOf({ key: { key: "a" }, before: { bytes: 2 }, after: { bytes: 2 } }),
    ].map(({ change }) => change);
    expect(kinds).toEqual(["create", "update", "delete", "none", "update"]);
  });

  test("how many known targets each stage exposes, as long as shares tell", () => {
    const targets = Array.from({ length: 1_000 }, (_, at) => `t${at}`);
    const below = (share: number) => targets.filter((one) => bucketOf("s", one) < share * 100_000).length;
    const strategy = strategyOf({ parse_first: {} });
    expect(targetsPerStage(strategy, "s", targets)).toEqual([
      { stage: 0, exposed: 0 },
      { stage: 1, exposed: below(0.1) },
      { stage: 2, exposed: below(0.5) },
    ]);
    const segmented = strategyOf({ stages: [{ segment: true, dwell_s: 0 }] });
    expect(targetsPerStage(segmented, "s", targets)).toEqual([{ stage: 0, exposed: null }]);
  });
});

test("the inverse of a release puts back what was there, and deletes what was not", () => {
  const release = releaseOf(strategyOf(), {
    changes: [
      { key: "a", base_mod_revision: 3 },
      { key: "b", base_mod_revision: 0 },
    ],
  });
  const before = new Map([[keyName({ key: "a" }), { key: "a", value: "old" }]]);
  expect(inverseOf(release, before, keyName)).toEqual([{ key: "a", value: "old" }, { key: "b" }]);
});

test("the presets are AppConfig's: their names, their times", () => {
  const minutes = Object.entries(PRESETS).map(([name, { stages, bake_s }]) => [
    name,
    stages.reduce((sum, { dwell_s }) => sum + dwell_s, 0) / 60,
    bake_s / 60,
  ]);
  expect(minutes).toEqual([
    ["AllAtOnce", 0, 10],
    ["Linear50PercentEvery30Seconds", 1, 1],
    ["Linear20PercentEvery6Minutes", 30, 30],
    ["Canary10Percent20Minutes", 20, 10],
  ]);
});
