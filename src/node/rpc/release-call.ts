import type { ClientReport } from "../../api/client-report.ts";
import type { Verdict, Yes } from "../../api/release.ts";

import type { ReleaseClients } from "../../api/release-answer.ts";
import type { Denied } from "../../policy/policy.ts";
import type { HealthPart } from "../../rollout/health/part.ts";
import type { Draft } from "../propose/draft.ts";
import type { WriteRefusal } from "./write-refusal.ts";

/** What a learner is asked about releases. A build that does not know a question gives no answer to it. */
export type ReleaseQuestion =
  /** A client says how it fares. */
  | { readonly kind: "release-report"; readonly report: ClientReport }
  /** What it knows of a release's health, from its own clients. */
  | { readonly kind: "release-health"; readonly id: string; readonly step: number }
  /** Whether it finds the same due, by its own clock and view. */
  | {
      readonly kind: "release-yes";
      readonly id: string;
      readonly step: number;
      readonly wished: "start" | "advance" | "complete";
    }
  /** Whether a plain write may be proposed by another. */
  | { readonly kind: "release-gate"; readonly draft: Draft; readonly override: boolean }
  /** What the guards say, with all that it can gather. */
  | { readonly kind: "release-verdicts"; readonly id: string };

export type ReleaseAnswer =
  /** The releases that clients should report on. */
  | { readonly kind: "release-reported"; readonly shown: readonly string[] }
  | { readonly kind: "release-health"; readonly part: HealthPart }
  | { readonly kind: "release-yes"; readonly yes?: Yes | undefined }
  /** Why it may not; absent: it may. */
  | { readonly kind: "release-gate"; readonly outcome?: WriteRefusal | Denied | undefined }
  | ({ readonly kind: "release-verdicts" } & ReleaseSaid);

/** What guards say of a release, and of how many clients that is; absent where it is not shown. */
export interface ReleaseSaid {
  readonly verdicts: readonly Verdict[];
  readonly clients?: ReleaseClients | undefined;
}
