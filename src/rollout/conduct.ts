import { type Release, type Verdict } from "../api/release.ts";
import { dwellSeconds, isParseOnly, isShown } from "../api/release-state.ts";
import { letsGoOn } from "./yes.ts";

/** What a learner thinks is due, from its own clock and its own view of a release's health. */
export type Due =
  | { readonly kind: "wait"; readonly forMs: number; readonly why: string }
  | { readonly kind: "start" | "advance" | "complete" }
  | { readonly kind: "pause" | "rollback"; readonly reason: string };

export interface Clock {
  /** Milliseconds of this learner's clock since it applied the release's step. */
  readonly stagedMs: number;
  /** This learner's time, for schedules. */
  readonly nowMs: number;
}

/** Verdicts are looked at so often while a release is shown. */
export const LOOK_MS = 2_000;
/** Nothing is to be done before another transition. */
const NEVER = Number.POSITIVE_INFINITY;

/** What is due for a release at its present step. */
export function dueOf(release: Release, verdicts: readonly Verdict[], clock: Clock, parsed = 0): Due {
  if (release.state === "scheduled") return scheduled(release, clock);
  if (!isShown(release)) return { kind: "wait", forMs: NEVER, why: "a person goes on" };
  const bad = worst(verdicts);
  if (bad !== undefined && (release.state !== "paused" || bad.kind === "rollback")) return bad;
  if (release.state === "paused") return { kind: "wait", forMs: LOOK_MS, why: "paused" };
  return dwelt(release, verdicts, clock, parsed);
}

function scheduled({ start_at_ms: at = 0 }: Release, { nowMs }: Clock): Due {
  return nowMs >= at ? { kind: "start" } : { kind: "wait", forMs: at - nowMs, why: "its time has not come" };
}

/** The first guard that withdraws the release, else the first that pauses it. */
function worst(verdicts: readonly Verdict[]): Extract<Due, { readonly kind: "pause" | "rollback" }> | undefined {
  const firing = verdicts.filter(({ verdict }) => verdict === "worse" || verdict === "silent");
  for (const kind of ["rollback", "pause"] as const) {
    const found = firing.find(({ action }) => action === kind);
    if (found !== undefined) return { kind, reason: `${found.guard} is ${found.verdict}: ${found.detail}` };
  }
  return undefined;
}

function dwelt(release: Release, verdicts: readonly Verdict[], { stagedMs }: Clock, parsed: number): Due {
  const { strategy, stage } = release;
  const leftMs = dwellSeconds(strategy, stage) * 1_000 - stagedMs;
  const missing = parsesMissing(release, parsed) ?? verdicts.find((one) => !letsGoOn(one))?.detail;
  if (missing !== undefined && stagedMs >= maxDwellMs(release)) {
    return { kind: "pause", reason: `for ${strategy.max_dwell_s} s there was too little evidence: ${missing}` };
  }
  if (leftMs > 0) return { kind: "wait", forMs: Math.min(leftMs, LOOK_MS), why: "the stage lasts on" };
  if (missing !== undefined) return { kind: "wait", forMs: LOOK_MS, why: missing };
  return { kind: stage === null ? "complete" : "advance" };
}

/** The longest that a stage waits for evidence; never shorter than the stage. */
function maxDwellMs({ strategy, stage }: Release): number {
  return Math.max(strategy.max_dwell_s, dwellSeconds(strategy, stage)) * 1_000;
}

/** A stage in which clients only parse needs clients that did. */
function parsesMissing(release: Release, parsed: number): string | undefined {
  const needed = release.strategy.parse_first?.clients ?? 0;
  if (!isParseOnly(release) || parsed >= needed) return undefined;
  return `${parsed} of ${needed} clients have parsed it`;
}

/** Whether what is due lets a second learner agree to the first one's wish. */
export function agrees(due: Due, wished: "start" | "advance" | "complete"): boolean {
  return due.kind === wished;
}
