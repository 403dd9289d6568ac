import { PAIR_NONE, type Pair, pairAdd, rateOf } from "./counts.ts";

/**
 * Whether the exposed do worse than the control, looked at after every window.
 *
 * Of the bad units of a window, those among the exposed are a binomial part: the cohorts share the moment, so that what
 * hits the whole world cancels out. Each window multiplies a likelihood ratio, whose alternative was estimated from
 * earlier windows only; while the exposed are not worse, the expectation of the product is at most 1, and by Ville's
 * inequality it ever reaches 1/α with a probability of at most α: looking continuously costs nothing.
 * (Shafer, "Testing by betting", 2021; Ramdas et al., "Game-theoretic statistics and safe anytime-valid inference", 2023.)
 */
export interface Evidence {
  /** The natural logarithm of the e-value. */
  readonly log: number;
  /** All windows until now. */
  readonly total: Pair;
  /** The latest windows, older ones fading: what the next bet is made on, and what the exposed do now. */
  readonly recent: Pair;
  readonly windows: number;
}

export const EVIDENCE_NONE: Evidence = { log: 0, total: PAIR_NONE, recent: PAIR_NONE, windows: 0 };

/** A bet on more than this is wasted: rates of bad units end at 1. */
const RATIO_MAX = 20;
/** Of the windows before, in `recent`: half of it is from the last 23. */
const KEPT = 0.97;

/** One more window. `scale`: the exposed cohort's rate over the control's before the release, 1 where not known. */
export function evidenceAdd(evidence: Evidence, window: Pair, scale = 1): Evidence {
  const { exposed, control } = window;
  const windows = evidence.windows + 1;
  if (exposed.units === 0 || control.units === 0) return { ...evidence, windows };
  const estimated = Math.min(ratioOf(evidence.recent, scale), RATIO_MAX);
  const isBet = evidence.recent.exposed.units > 0 && estimated > 1;
  return {
    log: evidence.log + (isBet ? logRatio(window, scale, estimated) : 0),
    total: pairAdd(evidence.total, window),
    recent: pairAdd(evidence.recent, window, KEPT),
    windows,
  };
}

function logRatio({ exposed, control }: Pair, scale: number, ratio: number): number {
  const equal = partOf(exposed.units * scale, control.units);
  const worse = partOf(exposed.units * scale * ratio, control.units);
  return exposed.bad * Math.log(worse / equal) + control.bad * Math.log((1 - worse) / (1 - equal));
}

function partOf(exposed: number, control: number): number {
  return exposed / (exposed + control);
}

/** How much worse the exposed are than the control. */
export function ratioOf({ exposed, control }: Pair, scale = 1): number {
  return rateOf(exposed) / (rateOf(control) * scale);
}

/** Whether the evidence is enough, and what it shows is bad enough. */
export function evidenceFires({ log, recent }: Evidence, alpha: number, ratio: number, scale = 1): boolean {
  return log >= Math.log(1 / alpha) && ratioOf(recent, scale) >= ratio;
}
