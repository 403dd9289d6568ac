import type { Action, Release } from "../../data/releases.ts";

type State = Release["state"];

export const STATE_NAMES: Readonly<Record<State, string>> = {
  draft: "draft",
  validated: "validated",
  approved: "approved",
  scheduled: "scheduled",
  staging: "rolling out",
  paused: "paused",
  baking: "shown to all, not final",
  completed: "completed",
  rolled_back: "rolled back",
  rejected: "rejected",
  cancelled: "cancelled",
  conflicted: "conflicted",
  reverted: "reverted",
};

export type Tone = "good" | "warn" | "bad" | "wait";

export const STATE_TONES: Readonly<Record<State, Tone>> = {
  draft: "wait",
  validated: "wait",
  approved: "wait",
  scheduled: "wait",
  staging: "warn",
  paused: "warn",
  baking: "warn",
  completed: "good",
  rolled_back: "bad",
  rejected: "bad",
  cancelled: "bad",
  conflicted: "bad",
  reverted: "bad",
};

/** What a person may do with a release in a state; the one that withdraws it last. */
export const ACTIONS: Readonly<Record<State, readonly Action[]>> = {
  draft: ["validate", "cancel"],
  validated: ["approve", "start", "reject", "cancel"],
  approved: ["start", "cancel"],
  scheduled: ["start", "cancel"],
  staging: ["advance", "pause", "rollback"],
  paused: ["resume", "rollback"],
  baking: ["complete", "rollback"],
  completed: ["revert"],
  rolled_back: [],
  rejected: [],
  cancelled: [],
  conflicted: [],
  reverted: [],
};

export const ACTION_NAMES: Readonly<Record<Action, string>> = {
  validate: "Validate",
  approve: "Approve",
  reject: "Reject",
  start: "Start",
  advance: "Next stage now",
  complete: "Complete now",
  pause: "Pause",
  resume: "Resume",
  rollback: "Roll back everywhere",
  revert: "Revert by a new release",
  cancel: "Cancel",
};
