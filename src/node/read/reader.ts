import type { Revision } from "../../api/key-value.ts";
import { type Host, sleep } from "../../network/host.ts";
import type { Overloaded, ReadOutcome } from "../coordinate/coordinator.ts";
import type { NamespaceCache } from "../propose/namespace-cache.ts";
import type { Proposer } from "../propose/proposer.ts";
import type { LearnerAnswer, LearnerQuestion } from "../rpc/call.ts";
import type { LearnerHere } from "../rpc/learner-here.ts";
import type { LogPosition } from "../rpc/log-position.ts";
import type { NearLearners } from "../rpc/near-learners.ts";
import { quorumDetail } from "../rpc/quorum-detail.ts";
import * as timing from "../timing.ts";

/** How long a local read waits for its `min_revision` before the quorum is asked. */
const LOCAL_WAIT_MS = 250;
/** At most: two keys of a kibibyte. */
const QUERY_BYTES = 2_304;

const BUSY: Overloaded = { kind: "overloaded", detail: "more reads wait at a learner than it can answer" };
const NO_ROOM: Overloaded = {
  kind: "overloaded",
  detail: "more is read at a learner than it has memory to answer with",
};

const NO_ANSWER: ReadOutcome = { kind: "no-quorum", detail: "no learner could answer before the deadline" };

/** A query, and for whom it is. */
export type Asked = Pick<Extract<LearnerQuestion, { readonly kind: "query" }>, "query" | "caller" | "needs">;

type LocalOutcome =
  | Extract<ReadOutcome, { readonly kind: "answer" | "denied" | "failed" }>
  | { readonly kind: "behind"; readonly revision: Revision };

/** Reads for one request (protocol, "Reads"). */
export class Reader {
  readonly #host: Host;
  readonly #proposer: Proposer;
  readonly #learners: NearLearners;
  readonly #here: LearnerHere;
  readonly #hints: NamespaceCache<LogPosition>;

  constructor(
    host: Host,
    proposer: Proposer,
    learners: NearLearners,
    here: LearnerHere,
    hints: NamespaceCache<LogPosition>,
  ) {
    this.#host = host;
    this.#proposer = proposer;
    this.#learners = learners;
    this.#here = here;
    this.#hints = hints;
  }

  /** From the nearest learner that answers, or what it has when it does not reach `minRevision` in a moment. */
  async local(asked: Asked, minRevision: Revision | undefined): Promise<LocalOutcome | undefined> {
    const waitMs = minRevision === undefined ? 0 : LOCAL_WAIT_MS;
    const { configuration } = this.#proposer.context;
    for (const region of this.#learners.order()) {
      const answer = await this.#learners.ask(
        region,
        { kind: "query", configuration, ...asked, minRevision, waitMs },
        waitMs,
      );
      if (answer?.kind === "behind") return { kind: "behind", revision: answer.revision };
      if (answer?.kind === "failed") return answer;
      if (answer?.kind === "decided" && answer.decision.kind === "denied") return answer.decision;
      if (answer?.kind !== "answer") continue;
      return { kind: "answer", result: answer.result, path: "local", trips: 0, lagMs: answer.lagMs };
    }
    return undefined;
  }

  /** Asks again for a while where a learner has no room for the answer. */
  async linearizable(asked: Asked, deadlineAt: number): Promise<ReadOutcome> {
    for (let tries = 1; ; tries++) {
      const outcome = (await this.#through(asked, deadlineAt)) ?? (await this.#alone(asked, deadlineAt));
      const isOver = tries >= timing.ANSWER_TRIES_MAX || this.#host.now() >= deadlineAt;
      if (outcome !== NO_ROOM || isOver) return outcome;
      await sleep(this.#host, this.#host.random() * timing.LEADER_BUSY_MS);
    }
  }

  async #alone(asked: Asked, deadlineAt: number): Promise<ReadOutcome> {
    for (let attempt = 0; this.#host.now() < deadlineAt; attempt++) {
      if (attempt > 0) await this.#proposer.hedge();
      const outcome = await this.#withQuorum(asked, deadlineAt);
      if (outcome.kind !== "no-quorum" || attempt > 0) return outcome;
    }
    return NO_ANSWER;
  }

  /**
   * Through the learner of this region, which asks the quorum for many readers at once. Undefined when there is none,
   * or it can not say.
   */
  async #through(asked: Asked, deadlineAt: number): Promise<ReadOutcome | undefined> {
    const waitMs = Math.min(this.#learners.waitMs, deadlineAt - this.#host.now());
    const question = { kind: "query", ...asked, linearizable: true, waitMs } as const;
    const answer = await this.#here.ask("reads", { question, bytes: QUERY_BYTES, waitMs });
    return outcomeOf(answer, 1);
  }

  /**
   * Asks the quorum how far an answer must be and, at the same time, the nearest learner for its answer: from far away
   * that is one round trip instead of two. What the learner had is good if it had come that far.
   */
  async #withQuorum(asked: Asked, deadlineAt: number): Promise<ReadOutcome> {
    const { configuration } = this.#proposer.context;
    const nearest = this.#learners.order()[0];
    const early =
      nearest &&
      this.#learners.ask(nearest, { kind: "query", configuration, ...asked, waitMs: 0 }, this.#learners.waitMs);
    const plan = await this.#proposer.quorumRead(this.#hints.get(configuration.namespace)?.appliedUpTo ?? 0);
    if (plan === undefined) return { kind: "no-quorum", detail: quorumDetail(this.#proposer.context) };

    const first = await early;
    const { trips } = this.#proposer;
    if (first?.kind === "answer" && first.appliedUpTo >= plan.slot) {
      return { kind: "answer", result: first.result, path: "quorum-read", trips };
    }
    const call = { kind: "query", configuration, ...asked, slot: plan.slot, waitMs: this.#learners.waitMs } as const;
    return outcomeOf(await this.#learners.askAny(call, deadlineAt), trips + 1) ?? NO_ANSWER;
  }
}

/** What a learner said of a linearizable read; undefined when another one has to be asked. */
function outcomeOf(answer: LearnerAnswer | undefined, trips: number): ReadOutcome | undefined {
  if (answer?.kind === "answer") return { kind: "answer", result: answer.result, path: "quorum-read", trips };
  if (answer?.kind === "decided" && answer.decision.kind === "denied") return answer.decision;
  if (answer?.kind === "failed") return answer;
  if (answer?.kind === "no-room") return NO_ROOM;
  return answer?.kind === "busy" ? BUSY : undefined;
}
