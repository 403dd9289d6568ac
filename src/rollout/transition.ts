import { APPROVALS_MAX, type Release, type Transition } from "../api/release.ts";
import { isEnded, type ReleaseState, stageCount } from "../api/release-state.ts";
import { mayAsk } from "./ask.ts";
import {
  type Asker,
  askerId,
  type Circumstances,
  type ReleaseEvent,
  type ReleaseRefusal,
  releaseRefused,
} from "./event.ts";
import { freezeAt } from "./freeze.ts";
import { agreeing } from "./yes.ts";

/** What a transition does besides changing the release's document. */
export type Effect =
  | "none"
  /** All keys are written at one revision that compares every base, and the release lets go of them. */
  | "write-keys"
  /** The release lets go of its keys. */
  | "let-go";

export interface Next {
  readonly kind: "next";
  readonly release: Release;
  readonly effect: Effect;
}

type Changed = Partial<
  Pick<Release, "stage" | "approvals" | "findings" | "start_at_ms" | "reverted_by" | "conflict">
> & {
  readonly state: ReleaseState;
};

/** From which states each transition leads on. */
const FROM: Readonly<Record<ReleaseEvent["kind"], readonly ReleaseState[]>> = {
  validate: ["draft"],
  approve: ["validated", "approved"],
  reject: ["validated", "approved", "scheduled"],
  schedule: ["validated", "approved"],
  start: ["validated", "approved", "scheduled"],
  advance: ["staging"],
  complete: ["baking"],
  pause: ["staging", "baking"],
  resume: ["paused"],
  rollback: ["staging", "paused", "baking"],
  revert: ["completed"],
  cancel: ["draft", "validated", "approved", "scheduled"],
  conflict: ["draft", "validated", "approved", "scheduled", "staging", "paused", "baking"],
};

/**
 * The release after an event, or why it stays as it is. All rules are here; where it is stored, the document's revision is
 * compared, so that of two who saw the same step one comes too late.
 */
export function transition(
  release: Release,
  event: ReleaseEvent,
  asker: Asker,
  circumstances: Circumstances,
): Next | ReleaseRefusal {
  const refusal =
    mayAsk(release, event, asker) ??
    fromRefused(release, event) ??
    agreementRefused(event, asker, circumstances) ??
    frozen(event, asker, circumstances) ??
    contentRefused(release, event, circumstances);
  if (refusal !== undefined) return refusal;
  const changed = change(release, event, asker, circumstances);
  const next: Release = {
    ...release,
    ...changed,
    transitions: release.transitions + 1,
    last: record(release, changed, event, asker, circumstances),
  };
  return { kind: "next", release: next, effect: effectOf(release, next) };
}

function fromRefused({ state }: Release, { kind }: ReleaseEvent): ReleaseRefusal | undefined {
  if (FROM[kind].includes(state)) return undefined;
  return releaseRefused("release-state", `a release that is ${state} has no ${kind}; ${FROM[kind].join(", ")} have`);
}

/** Two learners, each by its own clock and health view, or one where there is one. */
function agreementRefused(event: ReleaseEvent, asker: Asker, circumstances: Circumstances): ReleaseRefusal | undefined {
  if (asker.kind !== "learner") return undefined;
  if (event.kind !== "start" && event.kind !== "advance" && event.kind !== "complete") return undefined;
  const detail = agreeing(event.yes ?? [], asker.region, circumstances);
  return detail === undefined ? undefined : releaseRefused("forbidden", detail);
}

/** Nothing starts or widens in a freeze window, unless an operator wants it; what takes back always works. */
function frozen(event: ReleaseEvent, asker: Asker, circumstances: Circumstances): ReleaseRefusal | undefined {
  const window = windowOf(event, circumstances);
  if (window === undefined || (asker.kind === "person" && asker.verbs.has("release:operate"))) return undefined;
  return releaseRefused("release-frozen", `the freeze window "${window}" holds; an operator may go past it`);
}

function windowOf({ kind }: ReleaseEvent, { freezes, nowMs }: Circumstances): string | undefined {
  const widens = kind === "start" || kind === "advance" || kind === "complete";
  return widens ? freezeAt(freezes, nowMs)?.name : undefined;
}

/** What the release holds, and what it was made on. */
function contentRefused(release: Release, event: ReleaseEvent, { moved }: Circumstances): ReleaseRefusal | undefined {
  switch (event.kind) {
    case "validate":
    case "start":
    case "advance":
    case "complete": {
      const errors = event.findings.filter(({ severity }) => severity === "error");
      const [first] = errors;
      if (first !== undefined) return releaseRefused("validation-failed", first.detail, event.findings);
      if (event.kind === "validate" || event.kind === "advance" || event.kind === "complete")
        return movedRefused(moved);
      return approvalsRefused(release) ?? movedRefused(moved);
    }
    case "schedule":
      return approvalsRefused(release);
    case "approve":
      return approveRefused(release, event.digest);
    case "reject":
    case "pause":
    case "resume":
    case "rollback":
    case "revert":
    case "cancel":
    case "conflict":
      return undefined;
  }
}

function movedRefused(moved: string | undefined): ReleaseRefusal | undefined {
  if (moved === undefined) return undefined;
  return releaseRefused("release-conflicted", `the key ${moved} changed since the release was made`);
}

function approvalsRefused({ approvals, strategy }: Release): ReleaseRefusal | undefined {
  if (approvals.length >= strategy.approvals) return undefined;
  const detail = `it has ${approvals.length} of the ${strategy.approvals} approvals that its strategy asks for`;
  return releaseRefused("release-state", detail);
}

function approveRefused({ digest, approvals }: Release, given: string): ReleaseRefusal | undefined {
  if (given !== digest) return releaseRefused("release-state", "the approval is about other values than these");
  return approvals.length < APPROVALS_MAX ? undefined : releaseRefused("release-state", "it has all approvals it can");
}

function change(release: Release, event: ReleaseEvent, asker: Asker, { nowMs }: Circumstances): Changed {
  switch (event.kind) {
    case "validate":
      return { state: "validated", findings: [...event.findings] };
    case "approve": {
      const approvals = [...release.approvals, { by: askerId(asker), at_ms: nowMs }];
      return { state: approvals.length >= release.strategy.approvals ? "approved" : release.state, approvals };
    }
    case "schedule":
      return { state: "scheduled", start_at_ms: event.startAtMs };
    case "start":
      return { state: "staging", stage: 0, findings: [...event.findings] };
    case "advance":
      return { ...after(release), findings: [...event.findings] };
    case "complete":
      return { state: "completed", stage: null };
    case "pause":
      return { state: "paused" };
    case "resume":
      return { state: release.stage === null ? "baking" : "staging" };
    case "rollback":
      return { state: "rolled_back" };
    case "revert":
      return { state: "reverted", reverted_by: event.by };
    case "reject":
      return { state: "rejected" };
    case "cancel":
      return { state: "cancelled" };
    case "conflict":
      return { state: "conflicted", conflict: event.key };
  }
}

function after({ stage, strategy }: Release): Changed {
  const next = (stage ?? 0) + 1;
  return next < stageCount(strategy) ? { state: "staging", stage: next } : { state: "baking", stage: null };
}

function record(
  { state: from }: Release,
  { state: to, stage }: Changed,
  event: ReleaseEvent,
  asker: Asker,
  circumstances: Circumstances,
): Transition {
  const window = windowOf(event, circumstances);
  const reason = "reason" in event ? event.reason : undefined;
  const yes = "yes" in event ? event.yes : undefined;
  return {
    kind: event.kind,
    from,
    to,
    ...(typeof stage === "number" ? { stage } : {}),
    by: askerId(asker),
    at_ms: circumstances.nowMs,
    ...(reason === undefined ? {} : { reason }),
    ...(yes === undefined || yes.length === 0 ? {} : { evidence: [...yes] }),
    ...(window === undefined ? {} : { overrode: window }),
  };
}

function effectOf(before: Release, next: Release): Effect {
  if (next.state === "completed") return "write-keys";
  return isEnded(next) && !isEnded(before) ? "let-go" : "none";
}
