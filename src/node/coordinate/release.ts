import type { Configuration } from "../../network/address.ts";
import type { Host } from "../../network/host.ts";
import type { NearLearners } from "../rpc/near-learners.ts";
import type { ReleaseAnswer, ReleaseQuestion } from "../rpc/release-call.ts";

interface ReleasePorts {
  readonly host: Pick<Host, "now">;
  readonly configuration: Configuration;
  readonly learners: NearLearners;
}

/** How long a learner may take: what guards say it gathers from the others first. */
const WAIT_MS = 3_000;

/** The nearest learner's answer about releases; undefined when none answers in time. */
export async function releaseAnswer(
  { host, configuration, learners }: ReleasePorts,
  question: ReleaseQuestion,
  deadlineAt: number,
): Promise<ReleaseAnswer | undefined> {
  for (const region of learners.order()) {
    const waitMs = Math.min(WAIT_MS, deadlineAt - host.now());
    if (waitMs <= 0) break;
    const answer = await learners.ask(region, { configuration, ...question }, waitMs);
    if (answer?.kind.startsWith("release-") === true) return answer as ReleaseAnswer;
  }
  return undefined;
}
