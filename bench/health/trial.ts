import { Baseline } from "../../src/api/baseline.ts";
import type { Pair, Units } from "../../src/rollout/health/counts.ts";
import { EVIDENCE_NONE, evidenceAdd, evidenceFires } from "../../src/rollout/health/e-value.ts";
import { isSetAside, setAsideAbove } from "../../src/rollout/health/set-aside.ts";
import { scaleOf } from "../../src/rollout/health/verdict.ts";
import { Random } from "../../test/random.ts";

/** One simulated world. */
export interface Trial {
  readonly seed: number;
  readonly runs: number;
  readonly clients: number;
  /** The mean part of requests that fail, anywhere. */
  readonly errorRate: number;
  /** Of each client, in a window. */
  readonly requests: number;
  /** The part of the clients that is exposed. */
  readonly share: number;
  /** How much more often requests of the exposed fail. */
  readonly times: number;
  /** After ten minutes all clients' requests fail so many times as often. */
  readonly incident?: number;
  /** `clients`, as is done; `requests` shows why. */
  readonly counts?: "clients" | "requests";
}

const WINDOW_S = 10;
const HOUR_WINDOWS = 360;
const TEN_MINUTES = 60;
const ALPHA = 0.001;
const RATIO = 1.5;
/** Clients differ: the standard deviation of the logarithm of their rates. */
const SPREAD = 0.8;
/** A client's errors come together: in such a part of its windows so many times as often. */
const BURST_SHARE = 0.05;
const BURST_TIMES = 8;

/** How many of the runs fire within an hour. */
export function falseAlarms(trial: Trial): number {
  return runsOf(trial, HOUR_WINDOWS).filter((at) => at !== undefined).length;
}

/** How many of the runs fire within an hour, and when. */
export function power(trial: Trial): { readonly found: number; readonly medianS: number; readonly p90S: number } {
  const times = runsOf(trial, HOUR_WINDOWS)
    .map((at) => at ?? Number.POSITIVE_INFINITY)
    .toSorted((a, b) => a - b);
  const at = (part: number) => (times[Math.ceil(part * times.length) - 1] ?? Number.NaN) * WINDOW_S;
  return { found: times.filter(Number.isFinite).length, medianS: at(0.5), p90S: at(0.9) };
}

function runsOf(trial: Trial, windows: number): readonly (number | undefined)[] {
  return Array.from({ length: trial.runs }, (_, run) =>
    firesAt(trial, windows, new Random(trial.seed * 1_000_003 + run)),
  );
}

interface Client {
  readonly rate: number;
  readonly exposed: boolean;
  readonly threshold: number;
  readonly before: Units;
}

/** The window in which the guard fires; undefined: it does not. */
function firesAt(trial: Trial, windows: number, random: Random): number | undefined {
  const clients: Client[] = [];
  for (let at = 0; at < trial.clients; at++) {
    const rate = trial.errorRate * Math.exp(SPREAD * normal(random) - (SPREAD * SPREAD) / 2);
    const exposed = at < trial.share * trial.clients;
    const baseline = new Baseline();
    for (let window = 0; window < TEN_MINUTES; window++) baseline.add(errorsOf(trial, rate, random));
    const { threshold, counts } = baseline;
    clients.push({ rate, exposed, threshold, before: counts });
  }
  const aside = setAsideAbove(clients.map(({ before }) => before));
  const kept = clients.filter(({ before }) => trial.counts === "requests" || !isSetAside(before, aside));
  const before = { exposed: { units: 0, bad: 0 }, control: { units: 0, bad: 0 } };
  for (const { exposed, before: counts } of kept) {
    const cohort = before[exposed ? "exposed" : "control"];
    cohort.units += counts.units;
    cohort.bad += counts.bad;
  }
  const scale = trial.counts === "requests" ? 1 : scaleOf(before);
  let evidence = EVIDENCE_NONE;
  for (let at = 1; at <= windows; at++) {
    const incident = at > TEN_MINUTES ? (trial.incident ?? 1) : 1;
    evidence = evidenceAdd(evidence, windowOf(trial, kept, incident, random), scale);
    if (evidenceFires(evidence, ALPHA, RATIO, scale)) return at;
  }
  return undefined;
}

function windowOf(trial: Trial, clients: readonly Client[], incident: number, random: Random): Pair {
  const cohorts = { exposed: { units: 0, bad: 0 }, control: { units: 0, bad: 0 } };
  for (const { rate, exposed, threshold } of clients) {
    const errors = errorsOf(trial, rate * incident * (exposed ? trial.times : 1), random);
    const cohort = cohorts[exposed ? "exposed" : "control"];
    const counted: Units =
      trial.counts === "requests"
        ? { units: trial.requests, bad: errors }
        : { units: 1, bad: Number(errors > threshold) };
    cohort.units += counted.units;
    cohort.bad += counted.bad;
  }
  return cohorts;
}

/** The errors of one client in one window. */
function errorsOf({ requests }: Trial, rate: number, random: Random): number {
  const calm = rate / (1 + BURST_SHARE * (BURST_TIMES - 1));
  const now = Math.min(0.95, random.next() < BURST_SHARE ? calm * BURST_TIMES : calm);
  let errors = 0;
  for (let at = 0; at < requests; at++) if (random.next() < now) errors++;
  return errors;
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
