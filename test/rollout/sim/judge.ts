import { bucketOf, exposureOf, type Target } from "../../../src/api/cohort.ts";
import { overlaidFor } from "../../../src/api/overlay.ts";
import { type Release } from "../../../src/api/release.ts";
import { dwellSeconds, isEnded, isShown, stageCount } from "../../../src/api/release-state.ts";
import { segmentMatch } from "../../../src/api/segment.ts";
import { effectiveOf } from "../../../src/rollout/effective.ts";
import { letsGoOn, yesNeeded } from "../../../src/rollout/yes.ts";
import type { Twin } from "./store.ts";
import type { World } from "./world.ts";

const TARGETS: readonly Target[] = Array.from({ length: 12 }, (_, at) => ({
  key: `user-${at}`,
  region: ["weur", "enam", "oc"][at % 3],
}));

/** What is wrong with how a release went; nothing, if nothing is. */
export function faultsOf(world: World, twin: Twin): readonly string[] {
  return [...endFaults(world), ...stepFaults(world), ...exposureFaults(world, twin)];
}

function* endFaults({ store }: World): Generator<string> {
  if (!isEnded(store.release)) yield `it never ended: ${store.release.state}`;
  if (store.release.state === "completed" && store.overwrote) yield "a completion wrote over somebody's write";
  const written = [...store.keys.values()].every((revision) => revision === store.step);
  if (store.release.state === "completed" && !written) yield "completed, and its keys are not of one revision";
  if (store.release.state !== "completed" && written) yield `${store.release.state}, and its keys were written`;
}

function* stepFaults({ store, plan }: World): Generator<string> {
  for (const [index, { release, step, atMs }] of store.history.entries()) {
    const before = store.history[index - 1];
    if (before === undefined) continue;
    if (step <= before.step) yield "a step is not newer than the one before";
    if (release.transitions !== before.release.transitions + 1) yield "two transitions were made of one step";
    if (progressOf(release) > progressOf(before.release) + 1) yield "a stage was skipped";
    const { kind, by, evidence = [] } = release.last;
    if (!by.startsWith("learner:") || !["start", "advance", "complete"].includes(kind)) continue;
    const regions = new Set(evidence.map(({ region }) => region));
    if (regions.size < yesNeeded(plan.learners.length)) yield `${kind} with the yes of ${regions.size}`;
    if (evidence.some((yes) => yes.step !== before.step)) yield `${kind} with a yes about another step`;
    if (evidence.some(({ verdicts }) => !verdicts.every(letsGoOn))) yield `${kind} with a guard that does not agree`;
    if (kind === "start") continue;
    const dwellMs = 1_000 * dwellSeconds(before.release.strategy, before.release.stage);
    const rates = plan.learners.map(({ rate }) => rate).toSorted((a, b) => b - a);
    const hurry = rates[yesNeeded(rates.length) - 1] ?? 1;
    if ((atMs - before.atMs) * hurry < dwellMs - 1) yield `${kind} before the second fastest clock's dwell was over`;
  }
}

/** 0 before the start, then one more for each stage; the bake is the last. */
function progressOf({ state, stage, strategy }: Release): number {
  if (!isShown({ state })) return 0;
  return stage === null ? stageCount(strategy) + 1 : stage + 1;
}

/** What each target was shown, step by step: whole or not at all, never back, and as `effective` says. */
function* exposureFaults({ store }: World, twin: Twin): Generator<string> {
  const staged = store.release.changes.map(({ key }) => ({ key, value: "new" }));
  for (const target of TARGETS) {
    let was = false;
    for (const { release, step } of store.history) {
      if (!isShown(release)) continue;
      const overlays = [{ release, step, staged }];
      const size = overlaidFor(overlays, target, segmentMatch).size;
      if (size !== 0 && size !== staged.length) yield "a target saw a part of a release";
      const exposed = twin === "reshuffles" ? reshuffled(release, target) : size > 0;
      if (was && !exposed) yield "a target went back while the release was shown";
      was = exposed;
      for (const key of staged) {
        const { source } = effectiveOf(overlays, key, target, segmentMatch);
        if ((source === "staged") !== size > 0) yield "effective says something else than the target was shown";
      }
    }
  }
}

/** The twin that puts a target into another place in each stage. */
function reshuffled(release: Release, target: Target): boolean {
  const { exposed } = exposureOf(release, target, segmentMatch);
  if (release.stage === null) return exposed;
  const share = exposed ? 0.5 : 0;
  return bucketOf(`${release.salt}${release.stage}`, target.key) < share * 100_000;
}
