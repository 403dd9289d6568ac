import { BALLOT_ZERO } from "../../core/ballot.ts";
import { CLOSED, type Entry, type Slot } from "../../core/log.ts";
import type { Host } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { Policy } from "../../policy/policy.ts";
import type { LearnerAnswer } from "../rpc/call.ts";
import type { LogPosition } from "../rpc/log-position.ts";
import type { NearLearners } from "../rpc/near-learners.ts";
import type { RequestRef, Results } from "../rpc/request-ref.ts";
import * as timing from "../timing.ts";
import { leaderPlacement } from "./leader-placement.ts";
import type { NamespaceCache } from "./namespace-cache.ts";
import type { Proposer } from "./proposer.ts";
import type { Chosen, WriterHome } from "./writer.ts";

/** What outlives a request. */
export interface DistantMemory {
  readonly hints: NamespaceCache<LogPosition>;
  readonly policies: NamespaceCache<Policy>;
}

/** A writer's home over the network: the nearest learner that answers, and memory of what was heard of the log. */
export class DistantHome implements WriterHome {
  readonly #host: Host;
  readonly #proposer: Proposer;
  readonly #learners: NearLearners;
  readonly #hints: NamespaceCache<LogPosition>;
  readonly #policies: NamespaceCache<Policy>;
  /** Heard for the writer that comes next. */
  #known: LogPosition | undefined;

  constructor(host: Host, proposer: Proposer, learners: NearLearners, { hints, policies }: DistantMemory) {
    this.#host = host;
    this.#proposer = proposer;
    this.#learners = learners;
    this.#hints = hints;
    this.#policies = policies;
  }

  /** Where to write, taken once: a writer that begins anew asks anew. */
  async hint(): Promise<LogPosition> {
    const known = this.#known ?? (await this.#ask(false));
    this.#known = undefined;
    return known;
  }

  /**
   * What a command is decided under here, and the feature level; `isFresh`: as a learner has them now. Undefined where
   * none was heard of.
   */
  async rules(isFresh: boolean): Promise<{ readonly policy: Policy | undefined; readonly level: number | undefined }> {
    this.#known = await this.#ask(isFresh);
    const { namespace } = this.#proposer.context.configuration;
    return { policy: this.#policies.get(namespace), level: this.#known.level };
  }

  /** From the nearest learner, or from memory when that is far away. */
  async #ask(isFresh: boolean): Promise<LogPosition> {
    const { configuration } = this.#proposer.context;
    const remembered = this.#hints.get(configuration.namespace);
    const isWorn = remembered !== undefined && this.#wornOut(remembered);
    const isKnown = remembered !== undefined && this.#policies.get(configuration.namespace) !== undefined;
    if (isKnown && !isFresh && !isWorn && this.#learners.here() === undefined) return remembered;
    for (const region of this.#learners.order()) {
      const policy = this.#policies.get(configuration.namespace)?.revision;
      const answer = await this.#learners.ask(region, { kind: "hint", configuration, reserve: true, policy }, 0);
      if (answer?.kind !== "hint") continue;
      const { documents, ...position } = answer;
      if (documents !== undefined) this.#policies.set(configuration.namespace, new Policy(documents));
      const heard = { ...position, heardAt: this.#host.now() };
      this.remember(heard);
      return heard;
    }
    const told = await this.#proposer.freshHint();
    if (told !== undefined) {
      const { chosenUpTo, ...hint } = told;
      return {
        ...hint,
        level: remembered?.level,
        appliedUpTo: chosenUpTo,
        nextSlot: chosenUpTo + 1,
        heardAt: this.#host.now(),
      };
    }
    return remembered ?? { ballot: BALLOT_ZERO, openFrom: 1, appliedUpTo: 0, nextSlot: 1, heardAt: 0 };
  }

  /** As a learner said last; without its word, as if writes came from everywhere. */
  placement(): readonly Region[] {
    const { configuration } = this.#proposer.context;
    return this.#hints.get(configuration.namespace)?.placement ?? leaderPlacement(configuration, new Map());
  }

  remember(hint: LogPosition): void {
    const { namespace } = this.#proposer.context.configuration;
    const known = this.#hints.get(namespace);
    const { placement = known?.placement, level = known?.level, guarded = known?.guarded } = hint;
    this.#hints.set(namespace, { ...hint, placement, level, guarded });
  }

  /**
   * Where no learner is near: the answer of the nearest one is good once the entry is chosen in this slot, and saves
   * the way there and back.
   */
  preview(slot: Slot, entry: Entry): Promise<Results | undefined> | undefined {
    const nearest = this.#learners.order()[0];
    if (nearest === undefined || this.#learners.here() !== undefined) return undefined;
    const { configuration } = this.#proposer.context;
    const { waitMs } = this.#learners;
    return this.#learners.ask(nearest, { kind: "preview", configuration, slot, entry, waitMs }, waitMs).then(resultsOf);
  }

  /** Tells the nearest learner, and takes the results from it. */
  settle(
    { slot, decided, hint }: Chosen,
    requests: readonly RequestRef[],
    deadlineAt: number,
  ): Promise<Results | undefined> {
    const { configuration } = this.#proposer.context;
    const { waitMs } = this.#learners;
    const call = { kind: "settle", configuration, decided, hint, slot, requests, waitMs } as const;
    return this.#learners.askAny(call, deadlineAt).then(resultsOf);
  }

  /**
   * A log that was closed may be open by now: its leader opens it when it has had nothing to do for so long. And one
   * that was open may have grown so far that a command born where it ended then would have expired.
   */
  #wornOut({ openFrom, heardAt = 0 }: LogPosition): boolean {
    return this.#host.now() - heardAt > (openFrom === CLOSED ? timing.LEADER_IDLE_MS : timing.HINT_MS);
  }
}

function resultsOf(answer: LearnerAnswer | undefined): Results | undefined {
  return answer?.kind === "settled" ? answer.results : undefined;
}
