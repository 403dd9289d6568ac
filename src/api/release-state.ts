/** The states of a release. No schema is here: clients are built from it. */

export const RELEASE_STATES = [
  "draft",
  "validated",
  "approved",
  "scheduled",
  "staging",
  "paused",
  "baking",
  "completed",
  "rolled_back",
  "rejected",
  "cancelled",
  "conflicted",
  "reverted",
] as const;
export type ReleaseState = (typeof RELEASE_STATES)[number];

/** A value is shown to some: the overlay is merged over the keys. */
export const RELEASE_STATES_SHOWN: readonly ReleaseState[] = ["staging", "paused", "baking"];
/** Nothing comes after these, except that a completed release is reverted. */
export const RELEASE_STATES_ENDED: readonly ReleaseState[] = [
  "completed",
  "rolled_back",
  "rejected",
  "cancelled",
  "conflicted",
  "reverted",
];

export function isShown({ state }: { readonly state: ReleaseState }): boolean {
  return RELEASE_STATES_SHOWN.includes(state);
}

export function isEnded({ state }: { readonly state: ReleaseState }): boolean {
  return RELEASE_STATES_ENDED.includes(state);
}

/** The stages of a strategy, as far as these rules look at them. */
interface Stages {
  readonly stages: readonly { readonly dwell_s: number }[];
  readonly bake_s: number;
  readonly parse_first?: { readonly dwell_s: number } | undefined;
}

/** How many stages there are: the parse-only stage comes first, if there is one. */
export function stageCount({ stages, parse_first }: Pick<Stages, "stages" | "parse_first">): number {
  return stages.length + (parse_first === undefined ? 0 : 1);
}

/** The seconds that a stage lasts at least, `null` for the bake. */
export function dwellSeconds(strategy: Stages, stage: number | null): number {
  if (stage === null) return strategy.bake_s;
  const { parse_first: parse, stages } = strategy;
  if (parse !== undefined && stage === 0) return parse.dwell_s;
  return stages[stage - (parse === undefined ? 0 : 1)]?.dwell_s ?? 0;
}

/** Whether clients parse the staged values now, and nobody uses them. */
export function isParseOnly({
  strategy,
  state,
  stage,
}: {
  readonly strategy: Pick<Stages, "parse_first">;
  readonly state: ReleaseState;
  readonly stage: number | null;
}): boolean {
  return strategy.parse_first !== undefined && stage === 0 && (state === "staging" || state === "paused");
}
