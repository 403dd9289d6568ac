import type { Slot } from "../../core/log.ts";
import type { ReadPlan } from "../../core/read.ts";
import type { Host } from "../../network/host.ts";
import type { Query, QueryResult } from "../../state/queries.ts";
import type { LearnerAnswer, LearnerQuestion } from "../rpc/call.ts";

type QueryQuestion = Extract<LearnerQuestion, { readonly kind: "query" }>;
type QueryAnswer = Extract<LearnerAnswer, { readonly kind: "answer" | "behind" | "no-quorum" }>;

export interface QueryPorts {
  readonly host: Host;
  readonly replica: {
    readonly appliedUpTo: Slot;
    readonly lagMs: number | undefined;
    readonly machine: { readonly revision: number; query(query: Query): QueryResult };
    until(ready: () => boolean, ms: number): Promise<boolean>;
  };
  readonly catchUp: { start(slot: Slot): void };
  readonly reads: { next(): Promise<ReadPlan | undefined> };
}

/** Answers queries from the applied state, once it has come as far as the query asks (protocol, "Reads"). */
export class QueryService {
  readonly #ports: QueryPorts;

  constructor(ports: QueryPorts) {
    this.#ports = ports;
  }

  async answer({ query, minRevision = 0, waitMs, linearizable, slot: from = 0 }: QueryQuestion): Promise<QueryAnswer> {
    const { replica, catchUp, reads } = this.#ports;
    let slot = from;
    if (linearizable === true) {
      const plan = await reads.next();
      if (plan === undefined) return { kind: "no-quorum" };
      slot = Math.max(slot, plan.slot);
    }
    const ready = () => replica.appliedUpTo >= slot && replica.machine.revision >= minRevision;
    if (replica.appliedUpTo < slot) catchUp.start(slot);
    const isReady = await replica.until(ready, waitMs);
    const { appliedUpTo, lagMs } = replica;
    if (!isReady) return { kind: "behind", appliedUpTo, revision: replica.machine.revision };
    return { kind: "answer", result: this.#result(query), appliedUpTo, lagMs };
  }

  /** The time that a lease has left is measured by this learner's clock. */
  #result(query: Query): QueryResult {
    const { host, replica } = this.#ports;
    const result = replica.machine.query(query);
    if (result.kind !== "lease") return result;
    const passedMs = host.now() - result.heardMs;
    return { ...result, remaining: Math.max(0, Math.ceil(result.grantedTtl - passedMs / 1_000)) };
  }
}
