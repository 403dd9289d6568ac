import type { Revision } from "../../api/key-value.ts";
import type { Host } from "../../network/host.ts";
import type { Query } from "../../state/queries.ts";
import type { ReadOutcome } from "../coordinate/coordinator.ts";
import type { HintCache } from "../propose/hint-cache.ts";
import type { Proposer } from "../propose/proposer.ts";
import type { LearnerHere } from "../rpc/learner-here.ts";
import type { NearLearners } from "../rpc/near-learners.ts";
import { quorumDetail } from "../rpc/quorum-detail.ts";

/** How long a local read waits for its `min_revision` before the quorum is asked. */
const LOCAL_WAIT_MS = 250;
/** At most: two keys of a kibibyte. */
const QUERY_BYTES = 2_304;

type LocalOutcome =
  | Extract<ReadOutcome, { readonly kind: "answer" }>
  | { readonly kind: "behind"; readonly revision: Revision };

/** Reads for one request (protocol, "Reads"). */
export class Reader {
  readonly #host: Host;
  readonly #proposer: Proposer;
  readonly #learners: NearLearners;
  readonly #here: LearnerHere;
  readonly #hints: HintCache;

  constructor(host: Host, proposer: Proposer, learners: NearLearners, here: LearnerHere, hints: HintCache) {
    this.#host = host;
    this.#proposer = proposer;
    this.#learners = learners;
    this.#here = here;
    this.#hints = hints;
  }

  /** From the nearest learner that answers, or what it has when it does not reach `minRevision` in a moment. */
  async local(query: Query, minRevision: Revision | undefined): Promise<LocalOutcome | undefined> {
    const waitMs = minRevision === undefined ? 0 : LOCAL_WAIT_MS;
    const { configuration } = this.#proposer.context;
    for (const region of this.#learners.order()) {
      const answer = await this.#learners.ask(
        region,
        { kind: "query", configuration, query, minRevision, waitMs },
        waitMs,
      );
      if (answer?.kind === "behind") return { kind: "behind", revision: answer.revision };
      if (answer?.kind !== "answer") continue;
      return { kind: "answer", result: answer.result, path: "local", trips: 0, lagMs: answer.lagMs };
    }
    return undefined;
  }

  async linearizable(query: Query, deadlineAt: number): Promise<ReadOutcome> {
    const here = await this.#through(query, deadlineAt);
    if (here !== undefined) return here;
    for (let attempt = 0; this.#host.now() < deadlineAt; attempt++) {
      if (attempt > 0) await this.#proposer.hedge();
      const outcome = await this.#withQuorum(query, deadlineAt);
      if (outcome.kind === "answer") return outcome;
      if (attempt > 0) return outcome;
    }
    return { kind: "no-quorum", detail: "no learner could answer before the deadline" };
  }

  /**
   * Through the learner of this region, which asks the quorum for many readers at once. Undefined when there is none,
   * or it can not say.
   */
  async #through(query: Query, deadlineAt: number): Promise<ReadOutcome | undefined> {
    const waitMs = Math.min(this.#learners.waitMs, deadlineAt - this.#host.now());
    const question = { kind: "query", query, linearizable: true, waitMs } as const;
    const answer = await this.#here.ask("reads", { question, bytes: QUERY_BYTES, waitMs });
    if (answer?.kind === "busy") {
      return { kind: "overloaded", detail: "more reads wait at this region's learner than it can answer" };
    }
    if (answer?.kind !== "answer") return undefined;
    return { kind: "answer", result: answer.result, path: "quorum-read", trips: 1 };
  }

  /**
   * Asks the quorum how far an answer must be and, at the same time, the nearest learner for its answer: from far away
   * that is one round trip instead of two. What the learner had is good if it had come that far.
   */
  async #withQuorum(query: Query, deadlineAt: number): Promise<ReadOutcome> {
    const { configuration } = this.#proposer.context;
    const nearest = this.#learners.order()[0];
    const early =
      nearest && this.#learners.ask(nearest, { kind: "query", configuration, query, waitMs: 0 }, this.#learners.waitMs);
    const plan = await this.#proposer.quorumRead(this.#hints.get(configuration.namespace)?.appliedUpTo ?? 0);
    if (plan === undefined) return { kind: "no-quorum", detail: quorumDetail(this.#proposer.context) };

    const first = await early;
    const { trips } = this.#proposer;
    if (first?.kind === "answer" && first.appliedUpTo >= plan.slot) {
      return { kind: "answer", result: first.result, path: "quorum-read", trips };
    }
    const call = { kind: "query", configuration, query, slot: plan.slot, waitMs: this.#learners.waitMs } as const;
    const answer = await this.#learners.askAny(call, deadlineAt);
    if (answer?.kind === "answer")
      return { kind: "answer", result: answer.result, path: "quorum-read", trips: trips + 1 };
    return { kind: "no-quorum", detail: "no learner could answer before the deadline" };
  }
}
