import type { Verdict, Yes } from "../api/release.ts";
import type { Circumstances } from "./event.ts";

/** How many learners have to agree: one fast clock cannot hurry a release. */
export function yesNeeded(learners: number): number {
  return Math.min(2, learners);
}

/** Whether a guard lets the release go on. Those that only observe never hold it. */
export function letsGoOn({ action, verdict }: Pick<Verdict, "action" | "verdict">): boolean {
  return action === "observe" || verdict === "ok";
}

/** Why these do not agree that a release goes on from its step; undefined when they do. */
export function agreeing(
  yes: readonly Yes[],
  asker: string,
  { step, learners }: Pick<Circumstances, "step" | "learners">,
): string | undefined {
  const regions = new Set(yes.map(({ region }) => region));
  if (!regions.has(asker)) return "a learner speaks for itself first";
  if (regions.size < yesNeeded(learners)) return `${yesNeeded(learners)} learners have to agree, each by its own clock`;
  if (yes.some((one) => one.step !== step)) return "a yes is about another step of the release";
  if (yes.some(({ verdicts }) => !verdicts.every(letsGoOn))) return "a guard does not let it go on";
  return undefined;
}
