import type { Configuration } from "../network/address.ts";
import type { Host } from "../network/host.ts";
import type { Parts } from "./call.ts";
import type { Health } from "./health.ts";
import type { HintCache } from "./hint-cache.ts";
import * as limits from "./limits.ts";
import { NearLearners } from "./near-learners.ts";
import type { ReadOutcome, ReadRequest, WriteOutcome, WriteRequest } from "./outcome.ts";
import { Proposer } from "./proposer.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** What outlives a request in the process that serves it: memory of who answers, and hints. */
export interface Memory {
  readonly acceptors: Health;
  readonly learners: Health;
  readonly leaders: Health;
  readonly hints: HintCache;
}

/** Serves one request of a client: proposes, reads, and takes the result from the nearest learner that has it. */
export class RequestCoordinator {
  readonly #host: Host;
  readonly #proposer: () => Proposer;
  readonly #learners: NearLearners;
  readonly #memory: Memory;

  constructor(host: Host, parts: Parts, configuration: Configuration, memory: Memory) {
    this.#host = host;
    this.#memory = memory;
    this.#proposer = () => new Proposer(host, parts, configuration, memory.acceptors);
    this.#learners = new NearLearners(host, parts, configuration, memory.learners);
  }

  write({ op, requestId = this.#host.freshId(), deadlineMs }: WriteRequest): Promise<WriteOutcome> {
    const writer = new Writer(this.#host, this.#proposer(), this.#learners, this.#memory);
    return writer.write(op, requestId, this.#deadline(deadlineMs));
  }

  async read({ query, consistency, minRevision, deadlineMs }: ReadRequest): Promise<ReadOutcome> {
    const deadlineAt = this.#deadline(deadlineMs);
    const reader = new Reader(this.#host, this.#proposer(), this.#learners, this.#memory.hints);
    const local = consistency === "local" ? await reader.local(query, minRevision) : undefined;
    return local ?? reader.linearizable(query, deadlineAt);
  }

  #deadline(deadlineMs = limits.REQUEST_DEADLINE_MS): number {
    return this.#host.now() + Math.min(deadlineMs, limits.REQUEST_DEADLINE_MS);
  }
}
