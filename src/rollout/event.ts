import type { Finding, TransitionKind, Yes } from "../api/release.ts";
import type { Freeze } from "./freeze.ts";

export type ReleaseVerb = "release:author" | "release:approve" | "release:operate";

/** Who asks for a transition. */
export type Asker =
  | { readonly kind: "person"; readonly id: string; readonly verbs: ReadonlySet<ReleaseVerb> }
  /** A learner's own alarm: dwell, guards, a schedule. */
  | { readonly kind: "learner"; readonly region: string };

export function askerId(asker: Asker): string {
  return asker.kind === "person" ? asker.id : `learner:${asker.region}`;
}

/** What is asked for. */
export type ReleaseEvent =
  | { readonly kind: "validate"; readonly findings: readonly Finding[] }
  | { readonly kind: "approve"; readonly digest: string; readonly reason?: string | undefined }
  | { readonly kind: "schedule"; readonly startAtMs: number }
  /** `findings`: of the validators at their present revision. `yes`: of learners, where learners ask. */
  | ({ readonly kind: "start" | "advance" | "complete"; readonly findings: readonly Finding[] } & WithYes)
  | ({ readonly kind: "pause" | "rollback" } & WithYes)
  | { readonly kind: "reject" | "resume" | "cancel"; readonly reason?: string | undefined }
  /** A completed release was undone by another. */
  | { readonly kind: "revert"; readonly by: string; readonly reason?: string | undefined }
  /** Somebody else wrote `key`. */
  | { readonly kind: "conflict"; readonly key: string; readonly reason?: string | undefined };

interface WithYes {
  readonly yes?: readonly Yes[] | undefined;
  readonly reason?: string | undefined;
}

/** What surrounds a transition, as far as it matters. */
export interface Circumstances {
  /** By the clock of who decides: for freeze windows and records, never for order. */
  readonly nowMs: number;
  /** The release's step: the revision of its document. */
  readonly step: number;
  readonly freezes: readonly Freeze[];
  /** Home learners of the namespace: two have to agree, one where there is one. */
  readonly learners: number;
  /** The first key that is not at the revision that the release was made on. */
  readonly moved?: string | undefined;
}

export type RefusalCode = "forbidden" | "release-state" | "release-frozen" | "release-conflicted" | "validation-failed";

/** Nothing changes, and why. */
export interface ReleaseRefusal {
  readonly kind: "refused";
  readonly code: RefusalCode;
  readonly detail: string;
  readonly findings?: readonly Finding[] | undefined;
}

export function releaseRefused(code: RefusalCode, detail: string, findings?: readonly Finding[]): ReleaseRefusal {
  return { kind: "refused", code, detail, ...(findings === undefined ? {} : { findings }) };
}

export type { TransitionKind };
