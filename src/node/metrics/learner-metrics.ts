import type { WatchEvent } from "../../api/key-value.ts";
import type { Host } from "../../network/host.ts";
import type { Denied } from "../../policy/policy.ts";
import type { Command } from "../../state/command.ts";
import type { Quotas, Usage } from "../../state/quota.ts";
import type { Audience } from "../learner/audience.ts";
import type { LearnerAnswer, LearnerQuestion } from "../rpc/call.ts";
import { type GaugeName, LEARNER_SERIES } from "./catalogue.ts";
import type { Meter } from "./meter.ts";

type Answer<Kind extends LearnerAnswer["kind"]> = Extract<LearnerAnswer, { readonly kind: Kind }>;

export interface LearnerMetricsPorts {
  readonly meter: Meter;
  readonly host: Host;
  readonly audience: Audience;
  readonly replica: {
    readonly appliedUpTo: number;
    readonly highestChosen: number;
    readonly lagMs: number | undefined;
    readonly behindMs: number;
    readonly machine: {
      readonly revision: number;
      readonly compactRevision: number;
      readonly level: number;
      readonly buildLevel: number;
      readonly held: { readonly usage: Usage; readonly quotas: Quotas | null };
    };
  };
  /** Bytes that the object stores; undefined where nobody can say. */
  readonly storedBytes?: (() => number) | undefined;
}

/** What a learner counts of its own work, and how it says where it stands. */
export class LearnerMetrics {
  readonly #ports: LearnerMetricsPorts;

  constructor(ports: LearnerMetricsPorts) {
    this.#ports = ports;
    // A series that begins at its first event hides that event: its rise is seen from a sample before it.
    for (const [of, ...labels] of LEARNER_SERIES) ports.meter.add(of, 0, ...labels);
  }

  get now(): number {
    return this.#ports.host.now();
  }

  /** Reads that were answered since the learner was started. */
  get reads(): number {
    const counts = this.#ports.meter.readings.filter(({ of }) => of === "reads");
    return counts.reduce((sum, { value }) => sum + (typeof value === "number" ? value : 0), 0);
  }

  /** Entries were applied. etcd counts a transaction's parts besides itself, and so do these. */
  applied(events: readonly WatchEvent[], commands: readonly Command[]): void {
    const { meter } = this.#ports;
    let puts = 0;
    let deletes = 0;
    let deletedAt = 0;
    for (const { kind, kv } of events) {
      if (kind === "put") puts++;
      else if (kv.modRevision !== deletedAt) {
        deletes++;
        deletedAt = kv.modRevision;
      }
    }
    if (puts > 0) meter.add("etcdPuts", puts);
    if (deletes > 0) meter.add("etcdDeletes", deletes);
    for (const { op } of commands) {
      if (op.kind === "txn") meter.add("etcdTxns");
      else if (op.kind === "lease-expire") meter.add("leaseExpirations");
    }
  }

  /** A question was answered that was asked at `startedAt`. */
  answered(question: LearnerQuestion, answer: LearnerAnswer, startedAt: number): void {
    const { meter } = this.#ports;
    const seconds = (this.now - startedAt) / 1_000;
    const denial = isInquiry(question) ? undefined : denialOf(answer);
    if (denial !== undefined) meter.add("authDenied", 1, denial);
    if (question.kind === "write") meter.observe("requestSeconds", seconds, question.draft.op.kind, outcomeOf(answer));
    if (question.kind !== "query") return;
    const { query, linearizable, slot } = question;
    meter.observe("requestSeconds", seconds, query.kind, outcomeOf(answer));
    if (answer.kind !== "answer") return;
    const isLinearizable = linearizable === true || slot !== undefined;
    meter.add("reads", 1, isLinearizable ? "linearizable" : "local");
    if (query.kind === "range") meter.add("etcdRanges");
  }

  answer(): Answer<"metrics"> {
    const { meter, replica, audience, storedBytes } = this.#ports;
    const { machine, lagMs } = replica;
    const lagSeconds = audience.size > 0 && lagMs !== undefined ? lagMs / 1_000 : undefined;
    const bytes = storedBytes?.();
    const { usage, quotas } = machine.held;
    const quotaBytes = quotas?.bytes;
    const gauges: Partial<Record<GaugeName, number>> = {
      appliedSlot: replica.appliedUpTo,
      applyLag: Math.max(replica.behindMs / 1_000, lagSeconds ?? 0),
      watchers: audience.size,
      revision: machine.revision,
      compactRevision: machine.compactRevision,
      keys: usage.keys,
      leases: usage.leases,
      usedBytes: usage.bytes,
      historyBytes: usage.historyBytes,
      ...(quotaBytes === undefined ? {} : { quotaBytes, etcdQuotaBytes: quotaBytes }),
      etcdCommitted: replica.highestChosen,
      etcdApplied: replica.appliedUpTo,
      ...(lagSeconds === undefined ? {} : { watchLag: lagSeconds }),
      ...(bytes === undefined ? {} : { storageBytes: bytes, etcdDbBytes: bytes }),
    };
    const { level, buildLevel } = machine;
    return { kind: "metrics", readings: meter.readings, gauges, levels: { level, buildLevel } };
  }
}

/** Whether it was only asked what would be permitted. */
function isInquiry(question: LearnerQuestion): boolean {
  return question.kind === "permit" && question.inquires === true;
}

function denialOf(answer: LearnerAnswer): Denied["why"] | undefined {
  if (answer.kind === "decided") return answer.decision.kind === "denied" ? answer.decision.why : undefined;
  return answer.kind === "written" && answer.outcome.kind === "denied" ? answer.outcome.why : undefined;
}

function outcomeOf(answer: LearnerAnswer): string {
  if (answer.kind === "answer") return answer.result.kind === "refused" ? "refused" : "ok";
  if (answer.kind !== "written") return answer.kind;
  const { outcome } = answer;
  if (outcome.kind !== "applied") return outcome.kind;
  return outcome.result.kind === "refused" ? "refused" : "ok";
}
