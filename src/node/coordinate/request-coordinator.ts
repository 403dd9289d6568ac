import type { MetricFamily } from "../../api/exposition.ts";
import type { Configuration } from "../../network/address.ts";
import { freshRequestId, type Host, sleep } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import type { Op } from "../../state/command.ts";
import { opBytes, opWeight } from "../../state/entry.ts";
import { NODE_LIMITS, type NodeLimits } from "../limits.ts";
import { Contention } from "../propose/contention.ts";
import { DistantHome } from "../propose/distant-home.ts";
import { HintCache } from "../propose/hint-cache.ts";
import { Proposer } from "../propose/proposer.ts";
import { Writer } from "../propose/writer.ts";
import { Reader } from "../read/reader.ts";
import type { Draft, LearnerAnswer, LearnerQuestion, Parts } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { Health } from "../rpc/health.ts";
import { LearnerHere } from "../rpc/learner-here.ts";
import { NearLearners } from "../rpc/near-learners.ts";
import { SharedCalls } from "../rpc/shared-calls.ts";
import * as timing from "../timing.ts";
import { backupAnswer } from "./backup.ts";
import type {
  BackupAnswer,
  BackupQuestion,
  Coordinator,
  NamespaceStatus,
  ReadOutcome,
  ReadRequest,
  WriteOutcome,
  WriteRequest,
} from "./coordinator.ts";
import { HeldRequests } from "./held-requests.ts";
import { namespaceMetrics } from "./metrics.ts";
import { namespaceStatus } from "./status.ts";

const OVERLOADED = { kind: "overloaded", detail: "too many requests of this namespace are held here already" } as const;

/** What outlives a request in the process that serves it. Safe to be lost, and to be wrong. */
export class Memory {
  readonly acceptors: Health;
  readonly learners: Health;
  readonly leaders: Health;
  readonly hints = new HintCache();
  readonly limits: NodeLimits;
  readonly held: HeldRequests;
  readonly shared: SharedCalls<LearnerQuestion, LearnerAnswer>;

  constructor(clock: Pick<Host, "now">, region: Region, limits: NodeLimits = NODE_LIMITS) {
    this.limits = limits;
    this.shared = new SharedCalls(limits);
    this.held = new HeldRequests(limits.requestsHeldMax, () => clock.now());
    this.acceptors = new Health(clock, region);
    this.learners = new Health(clock, region);
    this.leaders = new Health(clock, region);
  }
}

/**
 * Serves one request of a client: through the learner of its region, or, where that cannot be, by itself. Where sockets
 * come from is its host's business.
 */
export class RequestCoordinator implements Omit<Coordinator, "watch"> {
  readonly #host: Host;
  readonly #context: NodeContext;
  readonly #memory: Memory;
  readonly #learners: NearLearners;
  readonly #here: LearnerHere;

  constructor(host: Host, parts: Parts, configuration: Configuration, memory: Memory) {
    this.#host = host;
    this.#context = { host, parts, configuration, health: memory.acceptors, limits: memory.limits };
    this.#memory = memory;
    this.#learners = new NearLearners(host, parts, configuration, memory.learners);
    this.#here = new LearnerHere(this.#context, this.#learners, memory.shared);
  }

  async write(request: WriteRequest): Promise<WriteOutcome> {
    const { namespace } = this.#context.configuration;
    return (await this.#memory.held.hold(namespace, () => this.#write(request))) ?? OVERLOADED;
  }

  async read(request: ReadRequest): Promise<ReadOutcome> {
    const { namespace } = this.#context.configuration;
    return (await this.#memory.held.hold(namespace, () => this.#read(request))) ?? OVERLOADED;
  }

  status(): Promise<NamespaceStatus> {
    return namespaceStatus(this.#context);
  }

  metrics(): Promise<readonly MetricFamily[]> {
    return namespaceMetrics(this.#context);
  }

  backup(question: BackupQuestion): Promise<BackupAnswer> {
    const { parts, configuration } = this.#context;
    return backupAnswer({ parts, configuration, learners: this.#learners }, question);
  }

  async #write({ op, requestId = freshRequestId(this.#host), print, deadlineMs }: WriteRequest): Promise<WriteOutcome> {
    const deadlineAt = this.#deadline(deadlineMs);
    const draft: Draft = { id: requestId, ...(print === undefined ? {} : { print }), op };
    const isAsked = this.#learners.here() !== undefined;
    const here = isAsked ? await this.#writeHere(draft, deadlineAt) : undefined;
    const outcome = here ?? this.#tooHeavy(op, isAsked) ?? (await this.#writeAlone(draft, deadlineAt));
    // The call may have been delivered twice, or its answer lost: what came of it the other time nobody knows.
    return isAsked && outcome.kind === "no-quorum" ? { ...outcome, kind: "outcome-unknown" } : outcome;
  }

  async #read({ query, consistency, minRevision, deadlineMs }: ReadRequest): Promise<ReadOutcome> {
    const deadlineAt = this.#deadline(deadlineMs);
    const reader = new Reader(this.#host, this.#proposer(), this.#learners, this.#here, this.#memory.hints);
    const local = consistency === "local" ? await reader.local(query, minRevision) : undefined;
    if (local?.kind === "answer" || local?.kind === "failed") return local;
    const outcome = await reader.linearizable(query, deadlineAt);
    return outcome.kind === "no-quorum" ? { ...outcome, revision: local?.revision } : outcome;
  }

  /** Through the learner of this region, which proposes for many at once; undefined when it does not answer. */
  async #writeHere(draft: Draft, deadlineAt: number): Promise<WriteOutcome | undefined> {
    const bytes = opBytes(draft.op);
    for (let tries = 1; ; tries++) {
      const waitMs = deadlineAt - this.#host.now();
      const question = { kind: "write", draft, waitMs } as const;
      const answer = await this.#here.ask("writes", { question, bytes, waitMs });
      if (answer?.kind === "written") return answer.outcome;
      if (answer?.kind !== "busy") return undefined;
      const isOver = tries >= timing.BUSY_TRIES_MAX || this.#host.now() >= deadlineAt;
      if (isOver)
        return { kind: "overloaded", detail: "more writes wait at this region's learner than it can propose" };
      await sleep(this.#host, this.#host.random() * timing.LEADER_BUSY_MS);
    }
  }

  /** What looks through so much that only a learner, which can count it, may propose it. */
  #tooHeavy(op: Op, isAsked: boolean): WriteOutcome | undefined {
    if (opWeight(op) <= this.#memory.limits.batchCommandsMax) return undefined;
    const detail = "it looks through so many keys that only its region's learner may propose it, which does not answer";
    return { kind: isAsked ? "outcome-unknown" : "overloaded", detail };
  }

  async #writeAlone(draft: Draft, deadlineAt: number): Promise<WriteOutcome> {
    const proposer = this.#proposer();
    const { leaders, hints } = this.#memory;
    const home = new DistantHome(this.#host, proposer, this.#learners, hints);
    const writer = new Writer(this.#host, proposer, home, { leaders, contention: new Contention() });
    const [outcome] = await writer.write([draft], deadlineAt);
    return outcome ?? { kind: "outcome-unknown", detail: "no answer" };
  }

  #proposer(): Proposer {
    return new Proposer(this.#context);
  }

  #deadline(deadlineMs = timing.REQUEST_DEADLINE_MS): number {
    return this.#host.now() + Math.min(deadlineMs, timing.REQUEST_DEADLINE_MS);
  }
}
