import type { Slot } from "../../core/log.ts";
import type { ReadPlan } from "../../core/read.ts";
import type { Host } from "../../network/host.ts";
import type { Caller } from "../../policy/caller.ts";
import { type Need, needsOfQuery } from "../../policy/need.ts";
import type { Decision } from "../../policy/policy.ts";
import type { Query, QueryResult } from "../../state/queries.ts";
import type { LearnerAnswer, LearnerQuestion } from "../rpc/call.ts";
import { messageBytes } from "../rpc/message-bytes.ts";
import { type AnswerRoom, LARGE_ANSWER_BYTES } from "./answer-room.ts";

type QueryQuestion = Extract<LearnerQuestion, { readonly kind: "query" }>;
type QueryAnswer = Extract<
  LearnerAnswer,
  { readonly kind: "answer" | "behind" | "decided" | "failed" | "no-quorum" | "no-room" }
>;

export interface QueryPorts {
  readonly host: Host;
  readonly replica: {
    readonly appliedUpTo: Slot;
    readonly lagMs: number | undefined;
    readonly machine: { readonly revision: number; query(query: Query): QueryResult };
    until(ready: () => boolean, ms: number): Promise<boolean>;
  };
  readonly catchUp: { start(slot: Slot): void };
  /** As of the state that answers. */
  readonly policy: { decideConfirmed(caller: Caller, needs: readonly Need[]): Promise<Decision> };
  readonly reads: { next(): Promise<ReadPlan | undefined> };
  readonly room: AnswerRoom;
}

/** Answers queries from the applied state, once it has come as far as the query asks (protocol, "Reads"). */
export class QueryService {
  readonly #ports: QueryPorts;

  constructor(ports: QueryPorts) {
    this.#ports = ports;
  }

  async answer(question: QueryQuestion): Promise<QueryAnswer> {
    const unready = await this.unready(question);
    if (unready !== undefined) return unready;
    const { replica, policy } = this.#ports;
    const decision = await policy.decideConfirmed(question.caller, question.needs ?? needsOfQuery(question.query));
    if (decision.kind === "denied") return { kind: "decided", decision };
    const { appliedUpTo, lagMs } = replica;
    const result = this.#tryResult(question.query);
    return "result" in result ? { kind: "answer", ...result, appliedUpTo, lagMs } : result;
  }

  /** Waits until the state has come as far as asked for: undefined then, and otherwise why it has not. */
  async unready({
    minRevision = 0,
    waitMs,
    linearizable,
    slot: from = 0,
  }: Omit<QueryQuestion, "kind" | "query" | "caller" | "needs">): Promise<
    Extract<QueryAnswer, { kind: "behind" | "no-quorum" }> | undefined
  > {
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
    const { appliedUpTo, machine } = replica;
    return isReady ? undefined : { kind: "behind", appliedUpTo, revision: machine.revision };
  }

  /** What it throws is a bug, of which the client is told, and no reason to take this learner for one that is away. */
  #tryResult(query: Query): { readonly result: QueryResult } | Extract<QueryAnswer, { kind: "failed" | "no-room" }> {
    const { host, room } = this.#ports;
    try {
      if (isList(query) && room.isFull) return { kind: "no-room" };
      const result = this.#result(query);
      const bytes = messageBytes(result);
      if (bytes < LARGE_ANSWER_BYTES) return { result };
      if (room.isFull) return { kind: "no-room" };
      room.take(bytes);
      return { result };
    } catch (error) {
      const reference = host.freshId();
      host.background(Promise.reject(new Error(`a query failed, reference ${reference}`, { cause: error })));
      return { kind: "failed", reference };
    }
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

/** Whether it may find many keys. */
function isList(query: Query): boolean {
  return query.kind === "range" ? query.end !== undefined : query.kind !== "proposal";
}
