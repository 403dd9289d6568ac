/**
 * What is counted for the health of a release: clients, once a window, in two cohorts of the same moment. Requests of one
 * client are not independent of each other, so a client counts as one, bad or not, however many requests it made.
 */

/** Of one cohort in one window, or over several. */
export interface Units {
  /** Clients that reported. */
  readonly units: number;
  /** Of these, with more errors than their own baseline lets expect. */
  readonly bad: number;
}

/** Two cohorts of the same moment: who sees the release, and who does not. */
export interface Pair {
  readonly exposed: Units;
  readonly control: Units;
}

export const UNITS_NONE: Units = { units: 0, bad: 0 };
export const PAIR_NONE: Pair = { exposed: UNITS_NONE, control: UNITS_NONE };

function unitsAdd(a: Units, b: Units, kept: number): Units {
  return { units: a.units * kept + b.units, bad: a.bad * kept + b.bad };
}

/** `kept`: how much of the first is remembered, 1 for all of it. */
export function pairAdd(a: Pair, b: Pair, kept = 1): Pair {
  return { exposed: unitsAdd(a.exposed, b.exposed, kept), control: unitsAdd(a.control, b.control, kept) };
}

/** The share of bad units, drawn a little upwards so that few units say little. */
export function rateOf({ units, bad }: Units): number {
  return (bad + 0.5) / (units + 1);
}
