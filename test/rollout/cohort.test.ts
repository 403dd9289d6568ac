import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketOf, exposureOf, murmur3, type Target } from "../../src/api/cohort.ts";
import { type Overlay, overlaidFor } from "../../src/api/overlay.ts";
import { stageCount } from "../../src/api/release-state.ts";
import { logicFault, segmentMatch } from "../../src/api/segment.ts";
import type { Stage, Strategy } from "../../src/api/strategy.ts";
import { effectiveOf } from "../../src/rollout/effective.ts";
import { releaseIn, strategyOf } from "./given.ts";

const REGIONS = ["weur", "enam", "oc"];
const target: fc.Arbitrary<Target> = fc.record({
  key: fc.string({ unit: "grapheme", maxLength: 20 }),
  region: fc.constantFrom(undefined, ...REGIONS),
  attributes: fc.record({ staff: fc.boolean() }),
});
const stage: fc.Arbitrary<Omit<Stage, "dwell_s">> = fc.oneof(
  fc.record({ share: fc.integer({ min: 1, max: 1_000 }).map((part) => part / 1_000) }),
  fc.record({ regions: fc.subarray(REGIONS, { minLength: 1 }) }),
  fc.record({ segment: fc.constant<Stage["segment"]>({ "==": [{ var: "staff" }, true] }) }),
);
const strategy: fc.Arbitrary<Strategy> = fc
  .tuple(fc.array(stage, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.constantFrom("target", "region" as const))
  .map(([stages, parses, unit]) => {
    const shares = stages.flatMap(({ share }) => (share === undefined ? [] : [share])).toSorted((a, b) => a - b);
    const sorted = stages.map((one) => ({
      ...(one.share === undefined ? one : { share: shares.shift() ?? 1 }),
      dwell_s: 0,
    }));
    return strategyOf({ stages: sorted, unit, ...(parses ? { parse_first: {} } : {}) });
  });

/** The release at every stage, and in the bake. */
function stagesOf(one: Strategy, salt: string) {
  const staged = Array.from({ length: stageCount(one) }, (_, at) => releaseIn("staging", one, { salt, stage: at }));
  return [...staged, releaseIn("baking", one, { salt })];
}

describe("buckets", () => {
  test("are murmur3_x86_32 of the text's UTF-8", () => {
    // From the reference implementation: smhasher, MurmurHash3_x86_32, seed 0.
    expect(murmur3("")).toBe(0);
    expect(murmur3("test")).toBe(0xba6bd213);
    expect(murmur3("Hello, world!")).toBe(0xc0363e43);
    expect(murmur3("The quick brown fox jumps over the lazy dog")).toBe(0x2e4ff723);
    expect(murmur3("ππππππππ")).toBe(0xec72b6e8);
    expect(murmur3("Ünïcode-目")).toBe(0x12b831dc);
  });

  test("are spread evenly", () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let at = 0; at < 20_000; at++) {
      const place = Math.floor(bucketOf("salt", `user-${at}`) / 10_000);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    // Six standard deviations of a binomial with 20,000 draws and p = 0.1.
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(6 * Math.sqrt(1_800));
  });

  test("nobody of 20,000 who was exposed leaves as the share grows from 0.1 to 100 %", () => {
    const shares = Array.from({ length: 1_000 }, (_, at) => (at + 1) / 1_000);
    const buckets = Array.from({ length: 20_000 }, (_, at) => bucketOf("s", `t-${at}`));
    let before = 0;
    for (const share of shares) {
      const exposed = buckets.filter((bucket) => bucket < Math.round(share * 1_000) * 100).length;
      expect(exposed).toBeGreaterThanOrEqual(before);
      before = exposed;
    }
    expect(before).toBe(20_000);
  });
});

describe("exposure", () => {
  test("nobody leaves as a release widens, whatever its stages are", () => {
    fc.assert(
      fc.property(strategy, target, fc.string(), (one, who, salt) => {
        const seen = stagesOf(one, salt).map((release) => exposureOf(release, who, segmentMatch).exposed);
        expect(seen).toEqual(seen.toSorted((a, b) => Number(a) - Number(b)));
        expect(seen.at(-1)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("a stage that only parses exposes nobody", () => {
    const one = strategyOf({ stages: [{ share: 1, dwell_s: 0 }], parse_first: {} });
    const seen = stagesOf(one, "s").map((release) => exposureOf(release, { key: "a" }, segmentMatch).exposed);
    expect(seen).toEqual([false, true, true]);
  });

  test("a target sees a release whole or not at all, and effective says the same of every key", () => {
    const staged = ["a", "b", "c"].map((key) => ({ key, value: "new" }));
    fc.assert(
      fc.property(strategy, target, fc.nat(), (one, who, at) => {
        const releases = stagesOf(one, "salt");
        const release = releases[at % releases.length];
        if (release === undefined) throw new Error("there is at least the bake");
        const overlays: readonly Overlay[] = [{ release, step: 3, staged }];
        const size = overlaidFor(overlays, who, segmentMatch).size;
        const { exposed } = exposureOf(release, who, segmentMatch);
        expect(size).toBe(exposed ? staged.length : 0);
        for (const { key } of staged) {
          const { source } = effectiveOf(overlays, { key }, who, segmentMatch);
          expect(source).toBe(exposed ? "staged" : "base");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a release that is over shows nothing", () => {
    for (const state of ["validated", "completed", "rolled_back", "conflicted"] as const) {
      const one = releaseIn(state, strategyOf({ stages: [{ share: 1, dwell_s: 0 }] }));
      expect(exposureOf(one, { key: "a" }, segmentMatch).exposed).toBe(false);
    }
  });
});

describe("segments", () => {
  test("are JsonLogic over the target, interpreted, never compiled", () => {
    const before = globalThis.Function;
    // Workers refuse it: an engine that needs it must fail here too.
    globalThis.Function = class extends before {
      constructor() {
        super();
        throw new EvalError("no code generation");
      }
    } as FunctionConstructor;
    try {
      const segment = { and: [{ in: [{ var: "team" }, ["infra", "edge"]] }, { "==": [{ var: "region" }, "oc"] }] };
      expect(segmentMatch(segment, { team: "edge", region: "oc" })).toBe(true);
      expect(segmentMatch(segment, { team: "sales", region: "oc" })).toBe(false);
    } finally {
      globalThis.Function = before;
    }
  });

  test("one that cannot be evaluated lets nobody in, and is told of beforehand", () => {
    expect(segmentMatch({ nonsense: [1] }, {})).toBe(false);
    expect(logicFault({ nonsense: [1] })).toContain("nonsense");
    expect(logicFault({ "==": [{ var: "a.b.c" }, 1] })).toBeUndefined();
  });
});
