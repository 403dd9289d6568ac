import type { Caller } from "../../policy/caller.ts";
import type { Need } from "../../policy/need.ts";
import type { Decision } from "../../policy/policy.ts";
import { OPERATIONS } from "../../state/ops/registry.ts";
import { refused } from "../../state/refuse.ts";
import type { Sql } from "../../state/sql.ts";
import { Unsupported } from "../../state/support.ts";
import type { Alarms } from "../alarms.ts";
import type { StatusTold } from "../coordinate/status.ts";
import type { NodeLimits } from "../limits.ts";
import type { LearnerMetrics } from "../metrics/learner-metrics.ts";
import type { RegionBatcher } from "../propose/region-batcher.ts";
import type { ReleaseService } from "../rollout/release-service.ts";
import type { LearnerAnswer, LearnerQuestion } from "../rpc/call.ts";
import { messageBytes } from "../rpc/message-bytes.ts";
import type { VoteTrace } from "../telemetry/vote-trace.ts";
import type { AppliedPolicy } from "./applied-policy.ts";
import type { Audience } from "./audience.ts";
import { Backups } from "./backups.ts";
import type { CatchUp } from "./catch-up.ts";
import type { Compactor } from "./compactor.ts";
import type { Intake } from "./intake.ts";
import type { Integrity } from "./integrity.ts";
import type { LogTail } from "./log-tail.ts";
import type { QueryService } from "./query-service.ts";
import type { Replica } from "./replica.ts";
import type { Settlement } from "./settlement.ts";
import { snapshotServe } from "./snapshot-transfer.ts";
import type { WriteRate } from "./write-rate.ts";

type Question<Kind extends LearnerQuestion["kind"]> = Extract<LearnerQuestion, { readonly kind: Kind }>;

/** Questions that are answered from the state, or change it. */
type ServedKind = "write" | "permit" | "hint" | "settle" | "preview" | "query" | "snapshot" | "backup";

/** The parts of a learner that answer calls. */
export interface LearnerParts {
  readonly limits: NodeLimits;
  readonly audience: Audience;
  readonly replica: Replica;
  readonly tail: LogTail;
  readonly intake: Intake;
  readonly catchUp: CatchUp;
  readonly settlement: Settlement;
  readonly batcher: RegionBatcher;
  readonly queries: QueryService;
  readonly policy: AppliedPolicy;
  readonly compactor: Compactor;
  readonly integrity: Integrity;
  readonly alarms: Alarms;
  readonly metrics: LearnerMetrics;
  readonly sql: Sql;
  readonly trace: VoteTrace;
  readonly releases: ReleaseService;
  readonly rate: WriteRate;
}

/** Answers the calls that other parts make to a learner. */
export class LearnerService {
  readonly #parts: LearnerParts;
  readonly #backups: Backups;
  /** Calls that are worked on, or wait for the state. */
  #held = 0;

  constructor(parts: LearnerParts) {
    this.#parts = parts;
    this.#backups = new Backups(parts);
  }

  /** Whether `caller` has these rights, by the documents that are applied. */
  decide(caller: Caller, needs: readonly Need[]): Decision {
    return this.#parts.policy.decide(caller, needs);
  }

  /** A learner that is out of service takes part in what brings it back, and answers nothing else from its state. */
  async answer(call: LearnerQuestion): Promise<LearnerAnswer> {
    const { replica, integrity, metrics } = this.#parts;
    switch (call.kind) {
      case "many":
        return this.#together(await Promise.all(call.questions.map((one) => this.answer(one))));
      case "learn":
        return this.#learn(call);
      case "recall": {
        const decided = replica.recent.between(call.from, call.to);
        return { kind: "recalled", decided, appliedUpTo: replica.appliedUpTo };
      }
      case "release-report":
      case "release-health":
      case "release-yes":
      case "release-gate":
      case "release-verdicts":
        return integrity.isSuspended ? { kind: "suspended" } : this.#parts.releases.answer(call);
      case "digests":
        return { kind: "digests", digests: [...replica.digests.all] };
      case "status":
        return this.status(call.trace === true);
      case "metrics":
        return this.#parts.metrics.answer();
      case "write":
      case "permit":
      case "hint":
      case "settle":
      case "preview":
      case "query":
      case "backup":
      case "snapshot": {
        if (this.#held >= this.#parts.limits.callsHeldMax) return { kind: "busy" };
        const startedAt = metrics.now;
        const answer = integrity.isSuspended ? undefined : await this.#hold(() => this.#serve(call));
        // It may have been suspended while it worked on the answer.
        const given: LearnerAnswer = answer === undefined || integrity.isSuspended ? { kind: "suspended" } : answer;
        metrics.answered(call, given, startedAt);
        return given;
      }
    }
  }

  /** Counts the call while it is worked on. */
  async #hold(work: () => Promise<LearnerAnswer>): Promise<LearnerAnswer> {
    this.#held++;
    try {
      return await work();
    } finally {
      this.#held--;
    }
  }

  async #serve(call: Question<ServedKind>): Promise<LearnerAnswer> {
    const { replica, tail, queries, compactor, policy } = this.#parts;
    switch (call.kind) {
      case "write":
        return this.#restoring(call) ?? this.#write(call);
      case "permit":
        return { kind: "decided", decision: await policy.decideConfirmed(call.caller, call.needs) };
      case "hint":
        return {
          kind: "hint",
          ...(call.reserve ? tail.reserve() : tail.standing()),
          ...this.#placed(),
          ...(call.policy === policy.documents.revision ? {} : { documents: policy.documents }),
        };
      case "settle":
        return this.#settle(call);
      case "preview":
        return this.#preview(call);
      case "query":
        return queries.answer(call);
      case "snapshot":
        compactor.snapshotRead();
        return snapshotServe(replica.machine, call);
      case "backup":
        return this.#backups.answer(call);
    }
  }

  /** What only a learner can say of where to write. */
  #placed() {
    const { tail, releases } = this.#parts;
    return { placement: tail.placement, guarded: releases.isGuarding };
  }

  async #write({ draft, waitMs, override = false }: Question<"write">): Promise<LearnerAnswer> {
    const { releases, batcher, rate } = this.#parts;
    const limited = rate.refusal(draft.op);
    const outcome = limited ?? (await releases.refusal(draft, override));
    return outcome === undefined ? batcher.write(draft, waitMs) : { kind: "written", outcome };
  }

  /** Answers of one message: one that would make it too large is to be asked for again, alone. */
  #together(answers: readonly LearnerAnswer[]): LearnerAnswer {
    const { messageBytesMax } = this.#parts.limits;
    let bytes = 0;
    const fitting = answers.map((answer, index): LearnerAnswer => {
      const size = messageBytes(answer);
      if (index > 0 && bytes + size > messageBytesMax) return { kind: "apart" };
      bytes += size;
      return answer;
    });
    return { kind: "many", answers: fitting };
  }

  #learn({ decided, hint, teller }: Question<"learn">): LearnerAnswer {
    const { replica, intake, catchUp } = this.#parts;
    if (teller === undefined) intake.learn(decided, hint);
    else {
      intake.learnFrom(teller, decided, hint);
      if (teller.appliedUpTo > replica.appliedUpTo) catchUp.start(teller.appliedUpTo);
    }
    return { kind: "learned", appliedUpTo: replica.appliedUpTo, digest: replica.machine.digest };
  }

  async #settle(call: Question<"settle">): Promise<LearnerAnswer> {
    const { replica, settlement } = this.#parts;
    const results = await settlement.settle(call, call.requests, call.waitMs);
    const { appliedUpTo } = replica;
    return results === undefined ? this.#behind() : { kind: "settled", results, appliedUpTo };
  }

  async #preview({ slot, entry, waitMs }: Question<"preview">): Promise<LearnerAnswer> {
    const { replica, settlement } = this.#parts;
    const results = await settlement.preview(slot, entry, waitMs).catch((error: unknown) => {
      // An entry of a newer build: this learner cannot say what it comes to, and will stop before it.
      if (error instanceof Unsupported) return undefined;
      throw error;
    });
    const { appliedUpTo } = replica;
    return results === undefined ? this.#behind() : { kind: "settled", results, appliedUpTo };
  }

  /** What a write comes to while the store is being restored, told without proposing it. */
  #restoring({ draft }: Question<"write">): LearnerAnswer | undefined {
    const { machine } = this.#parts.replica;
    if (!machine.isRestoring || OPERATIONS.of(draft.op).isRestoring === true) return undefined;
    const result = refused("restoring", machine.revision);
    return { kind: "written", outcome: { kind: "applied", result, path: "local", trips: 0 } };
  }

  #behind(): LearnerAnswer {
    const { appliedUpTo, machine } = this.#parts.replica;
    return { kind: "behind", appliedUpTo, revision: machine.revision };
  }

  /** How it is; `isTraced`: with what it does at the moment. */
  status(isTraced: boolean): StatusTold {
    const { metrics, trace } = this.#parts;
    const traced = isTraced ? { trace: { rounds: trace.recent(), reads: metrics.reads } } : {};
    const { replica, audience, batcher, tail, integrity, alarms } = this.#parts;
    const { appliedUpTo, lagMs, machine } = replica;
    const { revision, digest } = machine;
    const { isSuspended } = integrity;
    const writing = { batchSize: batcher.batchSize, missRate: batcher.contention.missRate };
    const watching = { watchers: audience.size, watchBytes: audience.heldBytes };
    const { hint } = tail;
    const { level, buildLevel, stopped } = machine;
    const standing = { appliedUpTo, revision, digest, hint, lagMs, level, buildLevel, stopped };
    return { kind: "status", ...standing, ...watching, writing, isSuspended, alarms: alarms.all, ...traced };
  }
}
