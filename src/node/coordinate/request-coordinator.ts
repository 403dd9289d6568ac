import type { MetricFamily } from "../../api/exposition.ts";
import type { Slot } from "../../core/log.ts";
import type { Configuration } from "../../network/address.ts";
import { freshRequestId, type Host, sleep } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { type Caller, ROOT } from "../../policy/caller.ts";
import { type Need, needsOfOp } from "../../policy/need.ts";
import { type Decision, Policy } from "../../policy/policy.ts";
import type { Op } from "../../state/command.ts";
import { opBytes, opScans } from "../../state/entry.ts";
import { SCAN_WEIGHT } from "../../state/limits.ts";
import { OPERATIONS } from "../../state/ops/registry.ts";
import { NODE_LIMITS, type NodeLimits } from "../limits.ts";
import { Contention } from "../propose/contention.ts";
import { DistantHome } from "../propose/distant-home.ts";
import { type Draft, POLICY_TRIES_MAX, POLICY_UNSETTLED, stampedOf } from "../propose/draft.ts";
import { NamespaceCache } from "../propose/namespace-cache.ts";
import { Proposer } from "../propose/proposer.ts";
import { UPGRADING } from "../propose/region-batcher.ts";
import { Writer } from "../propose/writer.ts";
import { Reader } from "../read/reader.ts";
import { askRegister } from "../register/ask-register.ts";
import type { LearnerAnswer, LearnerQuestion, Parts } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { Health } from "../rpc/health.ts";
import { LearnerHere } from "../rpc/learner-here.ts";
import type { LogPosition } from "../rpc/log-position.ts";
import { MembershipMismatch, MembershipWatch } from "../rpc/membership-watch.ts";
import { NearLearners } from "../rpc/near-learners.ts";
import type { ReleaseAnswer, ReleaseQuestion } from "../rpc/release-call.ts";
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
import { releaseAnswer } from "./release.ts";
import { namespaceStatus } from "./status.ts";

const HINTS_MAX = 1_000;
/** Few, since each may have a mebibyte of documents. */
const POLICIES_MAX = 32;
/** How long a learner is waited for that says whether something is permitted. */
const PERMIT_MS = 2_000;
const NO_ANSWER = { kind: "outcome-unknown", detail: "no answer" } as const;
const NO_POLICY = {
  kind: "no-quorum",
  detail: "no learner answered that could tell whether this is permitted",
} as const;
const NO_DOCUMENTS = new Policy({ revision: 0, documents: [] });
const OVERLOADED = { kind: "overloaded", detail: "too many requests of this namespace are held here already" } as const;

/** What outlives a request in the process that serves it. Safe to be lost, and to be wrong. */
export class Memory {
  readonly acceptors: Health;
  readonly learners: Health;
  readonly leaders: Health;
  readonly hints = new NamespaceCache<LogPosition>(HINTS_MAX);
  readonly policies = new NamespaceCache<Policy>(POLICIES_MAX);
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
  readonly #caller: Caller;
  readonly #context: NodeContext;
  /** For what asks every part, whatever the others say. */
  readonly #plain: NodeContext;
  readonly #memory: Memory;
  readonly #learners: NearLearners;
  readonly #here: LearnerHere;
  readonly #membership = new MembershipWatch();

  /** `caller`: on whose behalf it works. */
  constructor(host: Host, parts: Parts, configuration: Configuration, memory: Memory, caller: Caller = ROOT) {
    this.#host = host;
    this.#caller = caller;
    const listening = this.#membership.parts(parts);
    this.#plain = { host, parts, configuration, health: memory.acceptors, limits: memory.limits };
    this.#context = { ...this.#plain, parts: listening };
    this.#memory = memory;
    this.#learners = new NearLearners(host, listening, configuration, memory.learners);
    this.#here = new LearnerHere(this.#context, this.#learners, memory.shared);
  }

  async write(request: WriteRequest): Promise<WriteOutcome> {
    const { namespace } = this.#context.configuration;
    return (await this.#memory.held.hold(namespace, () => this.#among(() => this.#write(request)))) ?? OVERLOADED;
  }

  async read(request: ReadRequest): Promise<ReadOutcome> {
    const { namespace } = this.#context.configuration;
    return (await this.#memory.held.hold(namespace, () => this.#among(() => this.#read(request)))) ?? OVERLOADED;
  }

  permit(needs: readonly Need[]): Promise<Decision | undefined> {
    return this.#decision(this.#caller, needs, {});
  }

  permitOf(caller: Caller, needs: readonly Need[]): Promise<Decision | undefined> {
    return this.#decision(caller, needs, { inquires: true });
  }

  async #decision(
    caller: Caller,
    needs: readonly Need[],
    how: { readonly inquires?: true },
  ): Promise<Decision | undefined> {
    if (caller.kind === "root") return NO_DOCUMENTS.decide(caller, needs, this.#host.now());
    const { configuration } = this.#context;
    const { waitMs } = this.#learners;
    const call = { kind: "permit", configuration, caller, needs, waitMs, ...how } as const;
    const { answer } = await this.#among(async () => ({
      answer: await this.#learners.askAny(call, this.#deadline(PERMIT_MS)),
    }));
    if (answer?.kind === "decided") return answer.decision;
    // An open server tells how it is, whoever of it is there to ask.
    const isAboutParts = needs.every((need) => need.verb === "read" && "key" in need && need.key.length === 0);
    return caller.kind === "open" && isAboutParts ? NO_DOCUMENTS.decide(ROOT, needs, this.#host.now()) : undefined;
  }

  /** What `work` comes to. Throws `MembershipMismatch` as soon as a part tells that the namespace has other members. */
  async #among<T extends object>(work: () => Promise<T>): Promise<T> {
    const { members } = this.#context.configuration;
    const outcome = await this.#membership.until<T | MembershipMismatch>(
      work,
      (others) => new MembershipMismatch(others, members),
    );
    if (outcome instanceof MembershipMismatch) throw outcome;
    return outcome;
  }

  /** Throws `MembershipMismatch` where the register holds other members: all of these would only say that they are blank. */
  async status(): Promise<NamespaceStatus> {
    const [status, registered] = await Promise.all([namespaceStatus(this.#plain), askRegister(this.#plain, "look")]);
    const { members } = this.#plain.configuration;
    if (registered.kind === "others") throw new MembershipMismatch(registered.members, members);
    return status;
  }

  metrics(): Promise<readonly MetricFamily[]> {
    return namespaceMetrics(this.#plain);
  }

  release(question: ReleaseQuestion, deadlineAt = this.#deadline()): Promise<ReleaseAnswer | undefined> {
    return releaseAnswer({ ...this.#context, learners: this.#learners }, question, deadlineAt);
  }

  backup(question: BackupQuestion): Promise<BackupAnswer> {
    const { parts, configuration } = this.#context;
    return backupAnswer({ parts, configuration, learners: this.#learners }, question);
  }

  async #write(request: WriteRequest): Promise<WriteOutcome> {
    const { op, needs, requestId: id = freshRequestId(this.#host), print, deadlineMs, override } = request;
    const deadlineAt = this.#deadline(deadlineMs);
    const labelled = { ...(print === undefined ? {} : { print }), time: Math.floor(this.#host.now()) };
    const draft: Draft = { id, ...labelled, op, caller: this.#caller, needs };
    const isAsked = this.#learners.here() !== undefined;
    const here = isAsked ? await this.#writeHere(draft, deadlineAt, override === true) : undefined;
    const refused =
      here ?? this.#tooHeavy(op, isAsked) ?? (await this.#gate(draft, override === true, { isAsked, deadlineAt }));
    const outcome = refused ?? (await this.#writeAlone(draft, deadlineAt));
    // The call may have been delivered twice, or its answer lost: what came of it the other time nobody knows.
    return isAsked && outcome.kind === "no-quorum" ? { ...outcome, kind: "outcome-unknown" } : outcome;
  }

  async #read({ query, needs, consistency, minRevision, deadlineMs }: ReadRequest): Promise<ReadOutcome> {
    const asked = { query, caller: this.#caller, needs };
    const deadlineAt = this.#deadline(deadlineMs);
    const reader = new Reader(this.#host, this.#proposer(), this.#learners, this.#here, this.#memory.hints);
    const local = consistency === "local" ? await reader.local(asked, minRevision) : undefined;
    if (local !== undefined && local.kind !== "behind") return local;
    const outcome = await reader.linearizable(asked, deadlineAt);
    return outcome.kind === "no-quorum" ? { ...outcome, revision: local?.revision } : outcome;
  }

  /** Through the learner of this region, which proposes for many at once; undefined when it does not answer. */
  async #writeHere(draft: Draft, deadlineAt: number, override: boolean): Promise<WriteOutcome | undefined> {
    const bytes = opBytes(draft.op);
    for (let tries = 1; ; tries++) {
      const waitMs = deadlineAt - this.#host.now();
      const question = { kind: "write", draft, waitMs, ...(override ? { override } : {}) } as const;
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
    if (opScans(op) * SCAN_WEIGHT <= this.#memory.limits.batchCommandsMax) return undefined;
    const detail = "it looks through so many keys that only its region's learner may propose it, which does not answer";
    return { kind: isAsked ? "outcome-unknown" : "overloaded", detail };
  }

  /** What a learner says of a write that is proposed without it, where releases or schemas may have something against it. */
  async #gate(
    draft: Draft,
    override: boolean,
    { isAsked, deadlineAt }: { readonly isAsked: boolean; readonly deadlineAt: number },
  ): Promise<WriteOutcome | undefined> {
    const { namespace } = this.#context.configuration;
    if (!isAsked && this.#memory.hints.get(namespace)?.guarded !== true) return undefined;
    const answer = await this.release({ kind: "release-gate", draft, override }, deadlineAt);
    return answer?.kind === "release-gate" ? answer.outcome : undefined;
  }

  async #writeAlone(draft: Draft, deadlineAt: number): Promise<WriteOutcome> {
    const proposer = this.#proposer();
    const { leaders } = this.#memory;
    const home = new DistantHome(this.#host, proposer, this.#learners, this.#memory);
    const writer = new Writer(this.#host, proposer, home, { leaders, contention: new Contention() });
    let birth: Slot | undefined;
    for (let tries = 1; tries <= POLICY_TRIES_MAX; tries++) {
      const decision = await this.#decideAlone(home, draft, tries > 1);
      if (decision.kind !== "allowed") return decision;
      const stamped = stampedOf(draft, decision, decision.level, birth);
      const [outcome = NO_ANSWER] = await writer.write([stamped], deadlineAt);
      if (outcome.kind !== "policy-changed") return outcome;
      birth = outcome.birth;
    }
    return POLICY_UNSETTLED;
  }

  /** By the documents that came with the hint; a denial only by those that a learner has now. */
  async #decideAlone(home: DistantHome, { op, caller, needs = needsOfOp(op) }: Draft, isFresh: boolean) {
    const { policy, level = 0 } = await home.rules(isFresh);
    if (!OPERATIONS.isAt(level, op)) return UPGRADING;
    // Who is open is root by no documents: where there are any, the stamp of none is refused.
    if (policy === undefined && caller.kind !== "root" && caller.kind !== "open") return NO_POLICY;
    const known = (policy ?? NO_DOCUMENTS).decide(caller, needs, this.#host.now());
    const decision = known.kind === "allowed" ? known : await this.permit(needs);
    return decision?.kind === "allowed" ? { ...decision, level } : (decision ?? NO_POLICY);
  }

  #proposer(): Proposer {
    return new Proposer(this.#context);
  }

  #deadline(deadlineMs = timing.REQUEST_DEADLINE_MS): number {
    return this.#host.now() + Math.min(deadlineMs, timing.REQUEST_DEADLINE_MS);
  }
}
