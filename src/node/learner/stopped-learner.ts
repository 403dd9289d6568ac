import { type Configuration, configurationEqual } from "../../network/address.ts";
import { BUILD_LEVEL } from "../../state/level.ts";
import { Unsupported, unlessUnsupported } from "../../state/support.ts";
import type { LearnerAnswer, LearnerCall, LearnerQuestion } from "../rpc/call.ts";
import { Learner, type LearnerOptions } from "./learner.ts";

/** How soon it looks again whether it was updated. */
const AGAIN_MS = 60_000;

/**
 * A learner whose stored state is of a newer build (protocol, "Levels"): it reads, changes and answers nothing of it,
 * says so in its status, and is a learner again once it is updated.
 */
export class StoppedLearner {
  readonly #configuration: Configuration;
  readonly #arm: (ms: number) => void;
  readonly #why: string;
  readonly #buildLevel: number;

  constructor({ configuration, arm, machine }: LearnerOptions, why: string) {
    this.#configuration = configuration;
    this.#arm = arm;
    this.#why = why;
    this.#buildLevel = machine?.buildLevel ?? BUILD_LEVEL;
  }

  async handle(call: LearnerCall): Promise<LearnerAnswer> {
    return configurationEqual(this.#configuration, call.configuration) ? this.#answer(call) : { kind: "silent" };
  }

  #answer(question: LearnerQuestion): LearnerAnswer {
    if (question.kind === "many") {
      return { kind: "many", answers: question.questions.map((one) => this.#answer(one)) };
    }
    if (question.kind !== "status") return { kind: "suspended" };
    return { kind: "stopped", why: this.#why, buildLevel: this.#buildLevel };
  }

  /** What there is to do waits for the update. */
  async alarm(): Promise<void> {
    this.#arm(AGAIN_MS);
  }
}

/** Opens a learner's stored state, if this build can. */
export function learnerOpen(options: LearnerOptions): Learner | StoppedLearner {
  const opened = unlessUnsupported(() => new Learner(options));
  if (!(opened instanceof Unsupported)) return opened;
  options.tell?.({ event: "learner-stopped", why: opened.message });
  return new StoppedLearner(options, opened.message);
}
