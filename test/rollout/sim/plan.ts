import type { Release, Verdict } from "../../../src/api/release.ts";
import { Strategy } from "../../../src/api/strategy.ts";
import { releaseNew } from "../../../src/rollout/create.ts";
import { Freeze } from "../../../src/rollout/freeze.ts";
import type { Random } from "../../random.ts";

/** What one simulated release meets. */
export interface Plan {
  readonly release: Release;
  readonly learners: readonly LearnerPlan[];
  readonly freezes: readonly Freeze[];
  /** Milliseconds at which a stranger writes one of its keys, if one does. */
  readonly writeAtMs: number | undefined;
  /** Milliseconds from which on the validators find an error. */
  readonly invalidFromMs: number | undefined;
  /** Milliseconds from which on a guard fires. */
  readonly badFromMs: number | undefined;
}

export interface LearnerPlan {
  readonly region: string;
  /** Milliseconds of its clock in one of the world's. */
  readonly rate: number;
  /** Milliseconds until it applies what is chosen. */
  readonly delayMs: number;
  /** When it is down. */
  readonly down: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** The part of the time in which nothing is reported to it. */
  readonly deaf: number;
}

const REGIONS = ["weur", "eeur", "enam", "wnam", "apac"];

export function planOf(random: Random): Plan {
  const strategy = strategyOf(random);
  const release = releaseNew({
    id: "r-1",
    salt: `s${random.word()}`,
    author: "ann",
    nowMs: 0,
    changes: Array.from({ length: random.integer(1, 4) }, (_, at) => ({ key: `k${at}`, base_mod_revision: at })),
    digest: "d",
    strategy,
  });
  const count = random.pick([1, 3, 5]);
  return {
    release,
    learners: REGIONS.slice(0, count).map((region) => learnerOf(region, random)),
    freezes: random.oneIn(8) ? [Freeze.parse({ name: "even minutes", cron: "*/2 * * * *" })] : [],
    writeAtMs: random.oneIn(5) ? random.below(60_000) : undefined,
    invalidFromMs: random.oneIn(8) ? random.below(60_000) : undefined,
    badFromMs: random.oneIn(3) ? random.below(60_000) : undefined,
  };
}

function strategyOf(random: Random): Strategy {
  const count = random.integer(1, 4);
  const shares = Array.from({ length: count }, () => random.integer(1, 1_000) / 1_000).toSorted((a, b) => a - b);
  const stages = shares.map((share) => ({
    ...(random.oneIn(6) ? { regions: [random.pick(REGIONS)] } : { share }),
    dwell_s: random.integer(0, 10),
  }));
  return Strategy.parse({
    stages,
    bake_s: random.integer(0, 10),
    approvals: random.oneIn(4) ? 1 : 0,
    max_dwell_s: random.integer(10, 30),
    ...(random.oneIn(5) ? { parse_first: { clients: 1, dwell_s: random.integer(0, 5) } } : {}),
  });
}

function learnerOf(region: string, random: Random): LearnerPlan {
  const fromMs = random.below(40_000);
  return {
    region,
    rate: random.oneIn(4) ? random.between(0.3, 3) : random.between(0.99, 1.01),
    delayMs: random.integer(10, 2_000),
    down: random.oneIn(4) ? { fromMs, toMs: fromMs + random.below(60_000) } : undefined,
    deaf: random.oneIn(4) ? random.next() * 0.8 : 0,
  };
}

/** What a guard of this learner says now. */
export function verdictsAt(plan: Plan, learner: LearnerPlan, nowMs: number, random: Random): readonly Verdict[] {
  const guard = { guard: "errors", action: "rollback", detail: "simulated" } as const;
  if (random.chance(learner.deaf)) return [{ ...guard, verdict: "insufficient" }];
  return [{ ...guard, verdict: plan.badFromMs !== undefined && nowMs >= plan.badFromMs ? "worse" : "ok" }];
}
