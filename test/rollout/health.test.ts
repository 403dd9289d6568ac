import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Baseline } from "../../src/api/baseline.ts";
import type { Guard } from "../../src/api/strategy.ts";
import { EVIDENCE_NONE, type Evidence, evidenceAdd, evidenceFires } from "../../src/rollout/health/e-value.ts";
import { lnGamma, sampleRatioLog } from "../../src/rollout/health/sample-ratio.ts";
import { isSetAside, setAsideAbove } from "../../src/rollout/health/set-aside.ts";
import { guardsOf, verdictsOf } from "../../src/rollout/health/verdict.ts";
import type { HealthView } from "../../src/rollout/health/view.ts";
import { strategyOf } from "./given.ts";

/** So many windows of two cohorts with these numbers of bad units. */
function windows(count: number, exposed: readonly [bad: number, units: number], control: readonly [number, number]) {
  let evidence: Evidence = EVIDENCE_NONE;
  for (let at = 0; at < count; at++) {
    evidence = evidenceAdd(evidence, {
      exposed: { bad: exposed[0], units: exposed[1] },
      control: { bad: control[0], units: control[1] },
    });
  }
  return evidence;
}

function view(more: Partial<HealthView> = {}): HealthView {
  return {
    connected: { exposed: 50, control: 50 },
    share: 0.5,
    reportedAgoMs: 1_000,
    stagedMs: 60_000,
    metrics: new Map([["errors", windows(30, [1, 20], [4, 80])]]),
    baselines: new Map(),
    silence: EVIDENCE_NONE,
    refusals: 0,
    parsed: 0,
    requests: { count: 1_000, errors: 10, p99Ms: 80 },
    firing: new Map(),
    converged: 1,
    ...more,
  };
}

const ERRORS: Guard = { kind: "errors", action: "rollback", ratio: 1.5, alpha: 0.001 };

/** What one guard says. */
function said(guard: Guard, seen: HealthView): string {
  const strategy = strategyOf({ guards: [guard] });
  return verdictsOf(strategy, seen)[0]?.verdict ?? "none";
}

describe("evidence", () => {
  test("fires for an exposed cohort that is five times worse, within six windows of 20 against 380", () => {
    const seen = [2, 3, 4, 5, 6].map((count) => evidenceFires(windows(count, [5, 20], [19, 380]), 0.001, 1.5));
    expect(seen.at(-1)).toBe(true);
  });

  test("does not fire where both are hit alike, however hard", () => {
    expect(evidenceFires(windows(360, [10, 20], [190, 380]), 0.001, 1.5)).toBe(false);
  });

  test("does not fire for less than the ratio that is asked for, however sure it is", () => {
    const evidence = windows(2_000, [60, 1_000], [50, 1_000]);
    expect(evidence.log).toBeGreaterThan(Math.log(1_000));
    expect(evidenceFires(evidence, 0.001, 1.5)).toBe(false);
  });

  test("makes no bet on the window that it estimates from", () => {
    expect(windows(1, [20, 20], [0, 380]).log).toBe(0);
  });

  test("is at most 1 in expectation, whatever the rates are: a window's factor over all its outcomes", () => {
    const factorial = (n: number) => lnGamma(n + 1);
    const probability = (bad: number, n: number, p: number) =>
      Math.exp(factorial(n) - factorial(bad) - factorial(n - bad) + bad * Math.log(p) + (n - bad) * Math.log(1 - p));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0.01, max: 0.6, noNaN: true }),
        fc.array(fc.tuple(fc.nat(12), fc.nat(30)), { minLength: 1, maxLength: 4 }),
        (exposed, control, p, history) => {
          const before = history.reduce<Evidence>(
            (evidence, [e, c]) =>
              evidenceAdd(evidence, {
                exposed: { units: exposed, bad: Math.min(e, exposed) },
                control: { units: control, bad: Math.min(c, control) },
              }),
            EVIDENCE_NONE,
          );
          let expected = 0;
          for (let e = 0; e <= exposed; e++) {
            for (let c = 0; c <= control; c++) {
              const next = evidenceAdd(before, {
                exposed: { units: exposed, bad: e },
                control: { units: control, bad: c },
              });
              expected += probability(e, exposed, p) * probability(c, control, p) * Math.exp(next.log - before.log);
            }
          }
          expect(expected).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("verdicts", () => {
  test("no traffic is insufficient, no reports are silent, and neither is fine", () => {
    expect(said(ERRORS, view())).toBe("ok");
    expect(said(ERRORS, view({ connected: { exposed: 0, control: 0 }, reportedAgoMs: undefined }))).toBe(
      "insufficient",
    );
    expect(said(ERRORS, view({ reportedAgoMs: undefined, stagedMs: 60_000 }))).toBe("insufficient");
    expect(said(ERRORS, view({ reportedAgoMs: undefined, stagedMs: 120_000 }))).toBe("silent");
    expect(said(ERRORS, view({ reportedAgoMs: 120_000 }))).toBe("silent");
    expect(said(ERRORS, view({ metrics: new Map([["errors", windows(2, [0, 3], [0, 9])]]) }))).toBe("insufficient");
  });

  test("an exposed cohort that is worse is worse, unless its clients were so before", () => {
    const metrics = new Map([["errors", windows(60, [6, 20], [12, 80])]]);
    expect(said(ERRORS, view({ metrics }))).toBe("worse");
    const was = { exposed: { bad: 240, units: 1_200 }, control: { bad: 480, units: 4_800 } };
    const scaled = new Map([["errors", windows(60, [4, 20], [8, 80])]]);
    expect(said(ERRORS, view({ metrics: scaled, baselines: new Map([["errors", was]]) }))).toBe("ok");
  });

  test("one refusal of the first 50 clients is one too many, then 0.1 %", () => {
    const refusals: Guard = { kind: "refusals", action: "rollback", first: 50, share: 0.001 };
    const of = (count: number, exposed: number) =>
      said(refusals, view({ refusals: count, connected: { exposed, control: 0 } }));
    expect([of(0, 50), of(1, 50), of(1, 900), of(1, 2_000), of(3, 2_000)]).toEqual([
      "ok",
      "worse",
      "worse",
      "ok",
      "worse",
    ]);
  });

  test("exposed clients that vanish faster than the others are worse", () => {
    const silence: Guard = { kind: "silence", action: "rollback", ratio: 1.5, alpha: 0.001 };
    expect(said(silence, view({ silence: windows(10, [4, 20], [2, 200]) }))).toBe("worse");
    expect(said(silence, view({ silence: windows(10, [1, 20], [10, 200]) }))).toBe("ok");
  });

  test("cohorts in other shares than they ought to have are worse", () => {
    const ratio: Guard = { kind: "sample_ratio", action: "pause", alpha: 0.001 };
    expect(said(ratio, view({ connected: { exposed: 100, control: 900 }, share: 0.1 }))).toBe("ok");
    expect(said(ratio, view({ connected: { exposed: 200, control: 800 }, share: 0.1 }))).toBe("worse");
    expect(said(ratio, view({ connected: { exposed: 2, control: 3 }, share: 0.1 }))).toBe("insufficient");
    expect(said(ratio, view({ share: undefined }))).toBe("ok");
  });

  test("an absolute limit fires at once, an alert too, and slow convergence in its time", () => {
    const limit: Guard = { kind: "limit", metric: "p99_ms", max: 70, action: "rollback" };
    expect(said(limit, view())).toBe("worse");
    expect(said({ ...limit, metric: "error_ratio", max: 0.02 }, view())).toBe("ok");
    expect(said(limit, view({ requests: { count: 3, errors: 0, p99Ms: 900 } }))).toBe("insufficient");
    const signal: Guard = { kind: "signal", name: "HighLatency", action: "rollback" };
    expect(said(signal, view())).toBe("ok");
    expect(said(signal, view({ firing: new Map([["HighLatency", "p99 over 2 s"]]) }))).toBe("worse");
    const convergence: Guard = { kind: "convergence", share: 0.9, within_s: 30, action: "pause" };
    expect(said(convergence, view({ converged: 0.5 }))).toBe("worse");
    expect(said(convergence, view({ converged: 0.5, stagedMs: 10_000 }))).toBe("insufficient");
    expect(said(convergence, view({ converged: undefined }))).toBe("insufficient");
  });

  test("without guards, refusals and vanished clients are watched, and nothing holds a release up", () => {
    const nobody = view({ connected: { exposed: 0, control: 0 }, reportedAgoMs: undefined, metrics: new Map() });
    const verdicts = verdictsOf(strategyOf(), nobody).map(({ guard, verdict }) => `${guard} ${verdict}`);
    expect(verdicts).toEqual(["refusals ok", "silence ok"]);
  });

  test("a stage that only parses asks for refusals, whatever guards are named", () => {
    const names = guardsOf(strategyOf({ guards: [ERRORS], parse_first: {} })).map(({ kind }) => kind);
    expect(names).toEqual(["errors", "refusals"]);
  });
});

test("the mixture of the sample ratio is a probability: over all outcomes it sums to one", () => {
  for (const share of [0.05, 0.5, 0.9]) {
    const n = 40;
    let sum = 0;
    for (let exposed = 0; exposed <= n; exposed++) {
      const choose = lnGamma(n + 1) - lnGamma(exposed + 1) - lnGamma(n - exposed + 1);
      const under = choose + exposed * Math.log(share) + (n - exposed) * Math.log(1 - share);
      sum += Math.exp(under + sampleRatioLog({ exposed, control: n - exposed }, share));
    }
    expect(sum).toBeCloseTo(1, 9);
  }
  expect(sampleRatioLog({ exposed: 1, control: 5 }, 0)).toBe(Number.POSITIVE_INFINITY);
});

test("of a hundred clients the five that failed most before are set aside, where they stand out", () => {
  const baselines = Array.from({ length: 100 }, (_, at) => ({ units: 60, bad: at < 95 ? at % 4 : 30 }));
  const above = setAsideAbove(baselines);
  expect(baselines.filter((one) => isSetAside(one, above))).toHaveLength(5);
  const alike = baselines.map(() => ({ units: 60, bad: 2 }));
  expect(alike.filter((one) => isSetAside(one, setAsideAbove(alike)))).toHaveLength(0);
  expect(isSetAside({ units: 0, bad: 0 }, setAsideAbove([]))).toBe(false);
});

describe("a client's baseline", () => {
  test("lets it fail as it always does", () => {
    const baseline = new Baseline();
    for (let at = 0; at < 60; at++) baseline.add(at % 20 === 0 ? 9 : 3);
    expect(baseline.threshold).toBe(3);
    expect(baseline.counts).toEqual({ units: 60, bad: 3 });
    const quiet = new Baseline();
    for (let at = 0; at < 60; at++) quiet.add(at % 20 === 0 ? 1 : 0);
    expect(quiet.threshold).toBe(0);
  });

  test("is of the last ten minutes, and nothing before there are six windows", () => {
    const baseline = new Baseline();
    for (let at = 0; at < 5; at++) baseline.add(7);
    expect([baseline.isKnown, baseline.threshold]).toEqual([false, 0]);
    for (let at = 0; at < 100; at++) baseline.add(1);
    expect([baseline.isKnown, baseline.threshold]).toEqual([true, 1]);
  });
});
