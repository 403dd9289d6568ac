import type { Release } from "../../src/api/release.ts";
import type { ReleaseState } from "../../src/api/release-state.ts";
import { Strategy, type StrategyInput } from "../../src/api/strategy.ts";
import { releaseNew } from "../../src/rollout/create.ts";
import type { Asker, Circumstances, ReleaseVerb } from "../../src/rollout/event.ts";

/** Releases and askers as tests want them. */

export const ANN: Asker = person("ann", "release:author");
export const BEN: Asker = person("ben", "release:approve");
export const EVE: Asker = person("eve", "release:operate");
export const WEUR: Asker = { kind: "learner", region: "weur" };

export function person(id: string, ...verbs: readonly ReleaseVerb[]): Asker {
  return { kind: "person", id, verbs: new Set(verbs) };
}

export function strategyOf(input: Partial<StrategyInput> = {}): Strategy {
  const stages = [
    { share: 0.1, dwell_s: 5 },
    { share: 0.5, dwell_s: 5 },
  ];
  return Strategy.parse({ stages, bake_s: 5, ...input });
}

export function releaseOf(strategy: Strategy = strategyOf(), more: Partial<Release> = {}): Release {
  const made = releaseNew({
    id: "r-1",
    salt: "salt",
    author: "ann",
    nowMs: 0,
    changes: [{ key: "limits/cpu", bytes: 1, base_mod_revision: 7 }],
    digest: "d1",
    strategy,
  });
  return { ...made, ...more };
}

/** A release in a state, in its first stage where it has one. */
export function releaseIn(state: ReleaseState, strategy = strategyOf(), more: Partial<Release> = {}): Release {
  return releaseOf(strategy, { state, stage: state === "staging" || state === "paused" ? 0 : null, ...more });
}

export function around(more: Partial<Circumstances> = {}): Circumstances {
  return { nowMs: 1_000, step: 10, freezes: [], learners: 3, ...more };
}

export const YES = [
  { region: "weur", step: 10, dwelt_ms: 5_000, verdicts: [] },
  { region: "enam", step: 10, dwelt_ms: 5_100, verdicts: [] },
];
