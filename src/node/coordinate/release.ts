import type { Configuration } from "../../network/address.ts";
import type { NearLearners } from "../rpc/near-learners.ts";
import type { ReleaseAnswer, ReleaseQuestion } from "../rpc/release-call.ts";

/** How long a learner may take: what guards say it gathers from the others first. */
const WAIT_MS = 3_000;

/** The nearest learner's answer about releases; undefined when none answers. */
export async function releaseAnswer(
  { configuration, learners }: { readonly configuration: Configuration; readonly learners: NearLearners },
  question: ReleaseQuestion,
): Promise<ReleaseAnswer | undefined> {
  for (const region of learners.order()) {
    const answer = await learners.ask(region, { configuration, ...question }, WAIT_MS);
    if (answer?.kind.startsWith("release-") === true) return answer as ReleaseAnswer;
  }
  return undefined;
}
