import type { Pair } from "./counts.ts";
import type { Evidence } from "./e-value.ts";
import type { SampleRatio } from "./sample-ratio.ts";

/** What a learner knows of the health of one stage of a release. */
export interface HealthView {
  /** Connected clients that follow the release. */
  readonly connected: SampleRatio;
  /** The part of the targets that the stage should expose; absent where a stage goes by region or segment. */
  readonly share?: number | undefined;
  /** Milliseconds since anybody reported; absent: nobody did in this stage. */
  readonly reportedAgoMs?: number | undefined;
  /** Milliseconds since this learner applied the stage. */
  readonly stagedMs: number;
  /** By metric; `errors` for the clients' requests. */
  readonly metrics: ReadonlyMap<string, Evidence>;
  /** Bad windows of the cohorts' clients before the release, by metric. */
  readonly baselines: ReadonlyMap<string, Pair>;
  /** Connected clients at a window's begin, and of these who was gone at its end. */
  readonly silence: Evidence;
  /** Clients that could not parse or apply a value. */
  readonly refusals: number;
  /** Clients that said they parsed it. */
  readonly parsed: number;
  /** Requests of the exposed. */
  readonly requests: { readonly count: number; readonly errors: number; readonly p99Ms?: number | undefined };
  /** Alerts that fire, by name. */
  readonly firing: ReadonlyMap<string, string>;
  /** The part of the connected clients that applied the stage's revision; absent: nobody is connected. */
  readonly converged?: number | undefined;
}
