import { quorumsFor } from "../../core/quorum.ts";
import type { AcceptorStatus, LearnerStatus, NamespaceStatus } from "./coordinator.ts";

export type HealthCode =
  | "acceptor-unreachable"
  | "acceptor-silent"
  | "learner-unreachable"
  | "learner-behind"
  | "learner-stopped"
  | "learner-suspended"
  | "alarm";

/** One thing that is not as it should be. */
export interface HealthReason {
  readonly code: HealthCode;
  readonly region: string;
  readonly detail: string;
}

/** How a namespace is: whether it serves, and how much more may fail before it does not. */
export interface NamespaceHealth {
  /** `down`: writes and linearizable reads have stopped. `degraded`: they go on, and something has to be seen to. */
  readonly status: "ok" | "degraded" | "down";
  /** Acceptors that may fail before writes stop; below 0 they have. */
  readonly margin: number;
  readonly detail: string;
  readonly reasons: readonly HealthReason[];
}

/** A learner that is so far behind another is told of; a few slots are messages on their way. */
const BEHIND_SLOTS = 1_024;

export function healthOf({ acceptors, learners }: NamespaceStatus): NamespaceHealth {
  const margin = acceptors.filter(({ reachable }) => reachable).length - quorumsFor(acceptors.length).classic;
  const reasons = [...acceptors.flatMap(acceptorReasons), ...learners.flatMap(learnerReasons)];
  const serves = learners.some(({ reachable, suspended }) => reachable && suspended !== true);
  const status = margin < 0 || !serves ? "down" : reasons.length > 0 ? "degraded" : "ok";
  return { status, margin, detail: detailOf(margin, serves), reasons };
}

function detailOf(margin: number, serves: boolean): string {
  if (margin < 0) return `writes and linearizable reads have stopped: ${-margin} acceptors more are needed`;
  if (!serves) return "no learner serves: nothing can be read, and the outcome of writes is not known";
  return margin === 0 ? "can lose none" : `can lose ${margin} more`;
}

function acceptorReasons({ region, reachable, silent }: AcceptorStatus): readonly HealthReason[] {
  if (silent !== undefined) return [{ code: "acceptor-silent", region, detail: SILENT[silent] }];
  return reachable ? [] : [{ code: "acceptor-unreachable", region, detail: "it does not answer" }];
}

const SILENT: Readonly<Record<NonNullable<AcceptorStatus["silent"]>, string>> = {
  blank: "it stores nothing yet, and too few of its peers have recorded it",
  "lost-storage": "it lost its storage, and returns once enough peers have told it what was decided",
  "older-copy": "its storage is an older copy of itself, so that it may not vote",
  "newer-state": "a newer build wrote what it stores, so that it does nothing until it is updated",
  membership: "it knows other members than this Worker's SYNOD_REGIONS names",
};

function learnerReasons(learner: LearnerStatus): readonly HealthReason[] {
  const { region, reachable, suspended, stopped, lagSlots = 0, alarms = [] } = learner;
  if (!reachable && stopped !== undefined) return [{ code: "learner-stopped", region, detail: stopped.why }];
  if (!reachable) return [{ code: "learner-unreachable", region, detail: "it does not answer" }];
  const reasons: HealthReason[] = alarms.map(({ detail }) => ({ code: "alarm", region, detail }));
  if (suspended === true) {
    const detail = "its state differed from a majority's, or the level was raised without it: it is being begun anew";
    reasons.push({ code: "learner-suspended", region, detail });
  }
  if (stopped !== undefined) {
    const detail = `it stopped before slot ${stopped.slot}: ${stopped.why}`;
    reasons.push({ code: "learner-stopped", region, detail });
  }
  if (lagSlots > BEHIND_SLOTS) {
    reasons.push({ code: "learner-behind", region, detail: `it is ${lagSlots} slots behind` });
  }
  return reasons;
}
