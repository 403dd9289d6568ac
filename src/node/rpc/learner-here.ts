import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import type { LearnerAnswer, LearnerQuestion } from "./call.ts";
import type { NodeContext } from "./context.ts";
import { withLivenessProbe } from "./liveness-probe.ts";
import type { NearLearners } from "./near-learners.ts";
import type { SharedCalls } from "./shared-calls.ts";

/** The learner of the caller's own region, which the requests of one process ask together. */
export class LearnerHere {
  readonly #context: NodeContext;
  readonly #learners: NearLearners;
  readonly #shared: SharedCalls<LearnerQuestion, LearnerAnswer>;

  constructor(context: NodeContext, learners: NearLearners, shared: SharedCalls<LearnerQuestion, LearnerAnswer>) {
    this.#context = context;
    this.#learners = learners;
    this.#shared = shared;
  }

  /**
   * Its answer; undefined when there is no learner here that is well, or it does not answer. Questions of one `lane`
   * go together and are answered when all of them are, so it should hold what takes about as long.
   */
  async ask(
    lane: "reads" | "writes",
    {
      question,
      bytes,
      waitMs,
    }: { readonly question: LearnerQuestion; readonly bytes: number; readonly waitMs: number },
  ): Promise<LearnerAnswer | undefined> {
    const here = this.#learners.here();
    if (here === undefined) return undefined;
    const { host, configuration } = this.#context;
    const name = `${configuration.namespace}/${configuration.epoch}/${here}/${lane}`;
    const patienceMs = this.#learners.timeoutMs(here) + waitMs;
    const asked = { question, bytes, waitMs: patienceMs };
    const answer = await this.#shared.ask(host, name, asked, (all, callMs) => this.#send(here, all, callMs));
    if (answer?.kind === "suspended") this.#learners.missed(here);
    if (answer?.kind !== "apart") return answer;
    return (await this.#send(here, [question], patienceMs))?.[0];
  }

  async #send(
    here: Region,
    questions: readonly LearnerQuestion[],
    patienceMs: number,
  ): Promise<readonly LearnerAnswer[] | undefined> {
    const { parts, configuration } = this.#context;
    const [first] = questions;
    const question = questions.length === 1 && first !== undefined ? first : ({ kind: "many", questions } as const);
    const to = addressOf(configuration, "learner", here);
    const call = parts.learners.call(to, { configuration, ...question }, patienceMs);
    const outcome = await withLivenessProbe(this.#context, here, call, this.#learners.timeoutMs(here));
    if (!outcome.ok || outcome.answer.kind === "silent" || outcome.answer.kind === "suspended") {
      this.#learners.missed(here);
      return undefined;
    }
    this.#learners.answered(here);
    const { answer } = outcome;
    return answer.kind === "many" ? answer.answers : [answer];
  }
}
