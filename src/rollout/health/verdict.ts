import type { Verdict } from "../../api/release.ts";
import { GUARDS_DEFAULT, type Guard, type Strategy } from "../../api/strategy.ts";
import type { Pair } from "./counts.ts";
import { EVIDENCE_NONE, evidenceFires, ratioOf } from "./e-value.ts";
import { sampleRatioLog } from "./sample-ratio.ts";
import type { HealthView } from "./view.ts";

/** Fewer units of a cohort show nothing either way. */
export const UNITS_MIN = 20;
/** Fewer requests make no ratio. */
const REQUESTS_MIN = 20;
/** With fewer windows before the release, how its cohorts differ is not known. */
const BASELINE_UNITS_MIN = 100;
/** How many standard errors of the logarithm of the baselines' ratio are held in the release's favour. */
const SCALE_ERRORS = 0.5;
/** How far the cohorts' baselines may pull: the more they differ, the less they say. */
const SCALE_MAX = 3;

type Said = Pick<Verdict, "verdict" | "detail"> & Partial<Pick<Verdict, "evidence" | "exposed" | "control">>;

interface Guarded extends Pick<Strategy, "silence_ms" | "parse_first"> {
  readonly guards?: readonly Guard[] | undefined;
}

/** The guards of a strategy; without any, what is watched always. A stage that only parses asks who could not. */
export function guardsOf({
  guards = GUARDS_DEFAULT,
  parse_first: parse,
}: Omit<Guarded, "silence_ms">): readonly Guard[] {
  const isAsked = parse === undefined || guards.some(({ kind }) => kind === "refusals");
  return isAsked ? guards : [...guards, ...GUARDS_DEFAULT.filter(({ kind }) => kind === "refusals")];
}

export function guardName(guard: Guard): string {
  if (guard.kind === "limit") return `limit:${guard.metric}`;
  return "name" in guard ? `${guard.kind}:${guard.name}` : guard.kind;
}

/** What each guard says of a stage. */
export function verdictsOf(strategy: Guarded, view: HealthView): readonly Verdict[] {
  return guardsOf(strategy).map((guard) => ({
    guard: guardName(guard),
    action: guard.action,
    ...verdictOf(guard, strategy, view),
  }));
}

function verdictOf(guard: Guard, strategy: Guarded, view: HealthView): Said {
  switch (guard.kind) {
    case "errors":
      return comparedVerdict(guard, "errors", strategy.silence_ms, view);
    case "metric":
      return comparedVerdict(guard, guard.name, strategy.silence_ms, view);
    case "refusals":
      return refusalsVerdict(guard, view);
    case "silence":
      return silenceVerdict(guard, strategy.guards !== undefined, view);
    case "sample_ratio":
      return sampleRatioVerdict(guard, view);
    case "limit":
      return limitVerdict(guard, strategy.silence_ms, view);
    case "signal":
      return signalVerdict(guard, view);
    case "convergence":
      return convergenceVerdict(guard, view);
  }
}

/** The exposed against the control of the same moment; where all are exposed, against what was usual before. */
function comparedVerdict(
  { alpha, ratio }: { readonly alpha: number; readonly ratio: number },
  metric: string,
  silenceMs: number,
  view: HealthView,
): Said {
  const missing = unreported(silenceMs, view);
  if (missing !== undefined) return missing;
  const evidence = view.metrics.get(metric) ?? EVIDENCE_NONE;
  const baseline = view.baselines.get(metric);
  const scale = scaleOf(baseline);
  const { exposed, control } = evidence.total;
  const said = { evidence: Math.exp(Math.min(700, evidence.log)), exposed, control };
  if (evidenceFires(evidence, alpha, ratio, scale)) {
    const times = ratioOf(evidence.recent, scale).toFixed(1);
    return { verdict: "worse", detail: `${times} times as many clients with errors as in the control`, ...said };
  }
  if (exposed.units < UNITS_MIN || control.units < UNITS_MIN) {
    return {
      verdict: "insufficient",
      detail: `${exposed.units} exposed and ${control.units} others reported`,
      ...said,
    };
  }
  return {
    verdict: "ok",
    detail: `${exposed.bad} of ${exposed.units} against ${control.bad} of ${control.units}`,
    ...said,
  };
}

/** Nobody is there to report: insufficient. Somebody is, and says nothing: silent. */
function unreported(silenceMs: number, { connected, reportedAgoMs, stagedMs }: HealthView): Said | undefined {
  const quietMs = reportedAgoMs ?? stagedMs;
  if (reportedAgoMs !== undefined && quietMs < silenceMs) return undefined;
  if (connected.exposed === 0) return { verdict: "insufficient", detail: "no exposed client is connected" };
  if (quietMs < silenceMs) return { verdict: "insufficient", detail: "no client has reported yet" };
  return { verdict: "silent", detail: `${connected.exposed} exposed clients are connected, and none reports` };
}

/**
 * How the cohorts differed before the release: which clients are in them is known. What cannot be told apart from chance is
 * held in the release's favour.
 */
export function scaleOf(baseline: Pair | undefined): number {
  if (baseline === undefined) return 1;
  const { exposed, control } = baseline;
  if (exposed.units < BASELINE_UNITS_MIN || control.units < BASELINE_UNITS_MIN) return 1;
  const error = Math.sqrt(1 / (exposed.bad + 0.5) + 1 / (control.bad + 0.5));
  return Math.min(SCALE_MAX, Math.max(1 / SCALE_MAX, ratioOf(baseline) * Math.exp(SCALE_ERRORS * error)));
}

function refusalsVerdict(
  { first, share }: Extract<Guard, { readonly kind: "refusals" }>,
  { refusals, connected, parsed }: HealthView,
): Said {
  const clients = Math.max(connected.exposed, parsed + refusals);
  const isOver = refusals > 0 && (clients <= first || refusals > share * clients);
  const detail = `${refusals} of ${clients} clients cannot use the value`;
  return { verdict: isOver ? "worse" : "ok", detail };
}

/** Named by a strategy it needs exposed clients; as a default it watches those that there are. */
function silenceVerdict(
  { alpha, ratio }: Extract<Guard, { readonly kind: "silence" }>,
  isNamed: boolean,
  { silence }: HealthView,
): Said {
  const { exposed, control } = silence.total;
  const said = { evidence: Math.exp(Math.min(700, silence.log)), exposed, control };
  if (evidenceFires(silence, alpha, ratio)) {
    return { verdict: "worse", detail: `${exposed.bad} exposed clients vanished, ${control.bad} others`, ...said };
  }
  const isFew = isNamed && exposed.units < UNITS_MIN;
  return { verdict: isFew ? "insufficient" : "ok", detail: `${exposed.bad} exposed clients vanished`, ...said };
}

function sampleRatioVerdict(
  { alpha }: Extract<Guard, { readonly kind: "sample_ratio" }>,
  { connected, share }: HealthView,
): Said {
  if (share === undefined) return { verdict: "ok", detail: "this stage has no share to hold clients against" };
  const clients = connected.exposed + connected.control;
  const log = sampleRatioLog(connected, share);
  const evidence = Math.exp(Math.min(700, log));
  const detail = `${connected.exposed} of ${clients} clients say they are exposed, for a share of ${share}`;
  if (log >= Math.log(1 / alpha)) return { verdict: "worse", detail, evidence };
  return { verdict: clients < UNITS_MIN ? "insufficient" : "ok", detail, evidence };
}

/** An absolute limit fires at once. */
function limitVerdict(
  { metric, max }: Extract<Guard, { readonly kind: "limit" }>,
  silenceMs: number,
  view: HealthView,
): Said {
  const missing = unreported(silenceMs, view);
  if (missing !== undefined) return missing;
  const { count, errors, p99Ms } = view.requests;
  const value = metric === "p99_ms" ? p99Ms : errors / Math.max(1, count);
  if (count < REQUESTS_MIN || value === undefined) return { verdict: "insufficient", detail: `${count} requests` };
  const detail = `${metric} is ${Number(value.toPrecision(3))}, its limit ${max}`;
  return { verdict: value > max ? "worse" : "ok", detail };
}

/** Whoever watches elsewhere says when something is wrong, and nothing otherwise. */
function signalVerdict({ name }: Extract<Guard, { readonly kind: "signal" }>, { firing }: HealthView): Said {
  const detail = firing.get(name);
  return detail === undefined ? { verdict: "ok", detail: `${name} does not fire` } : { verdict: "worse", detail };
}

function convergenceVerdict(
  { share, within_s }: Extract<Guard, { readonly kind: "convergence" }>,
  { converged, stagedMs }: HealthView,
): Said {
  if (converged === undefined) return { verdict: "insufficient", detail: "no client is connected" };
  const detail = `${(converged * 100).toFixed(1)} % of the clients applied it`;
  if (converged >= share) return { verdict: "ok", detail };
  return { verdict: stagedMs > within_s * 1_000 ? "worse" : "insufficient", detail };
}
