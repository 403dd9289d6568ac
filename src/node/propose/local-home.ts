import type { Slot } from "../../core/log.ts";
import type { Region } from "../../network/region.ts";
import type { NodeContext } from "../rpc/context.ts";
import { Health } from "../rpc/health.ts";
import type { Hint, LogPosition } from "../rpc/log-position.ts";
import { NearLearners } from "../rpc/near-learners.ts";
import type { RequestRef, Results } from "../rpc/request-ref.ts";
import type { Chosen, WriterHome } from "./writer.ts";

/** The learner in whose process the writer runs. */
export interface LocalHomePorts {
  readonly replica: { readonly appliedUpTo: Slot };
  readonly tail: { readonly placement: readonly Region[]; reserve(): LogPosition; adopt(hint: Hint): boolean };
  readonly settlement: {
    settle(chosen: Chosen, requests: readonly RequestRef[], waitMs: number): Promise<Results | undefined>;
  };
}

/** A learner as the home of its own region's writers. */
export class LocalHome implements WriterHome {
  readonly #context: NodeContext;
  readonly #ports: LocalHomePorts;
  readonly #others: NearLearners;

  constructor(context: NodeContext, ports: LocalHomePorts) {
    const { host, parts, configuration } = context;
    this.#context = context;
    this.#ports = ports;
    this.#others = new NearLearners(host, parts, configuration, new Health(host, parts.region), parts.region);
  }

  async hint(): Promise<LogPosition> {
    return { ...this.#ports.tail.reserve(), heardAt: this.#context.host.now() };
  }

  placement(): readonly Region[] {
    return this.#ports.tail.placement;
  }

  remember(hint: LogPosition): void {
    this.#ports.tail.adopt(hint);
  }

  preview(): undefined {
    return undefined;
  }

  /** From the state that is applied here, or, when this learner is too far behind, from another one's. */
  async settle(chosen: Chosen, requests: readonly RequestRef[], deadlineAt: number): Promise<Results | undefined> {
    const { slot, decided, hint } = chosen;
    const { configuration, limits } = this.#context;
    const { waitMs } = this.#others;
    // Nobody can wait for a learner that is so far behind to catch up.
    const isFar = slot - this.#ports.replica.appliedUpTo > limits.reservedSlotsMax;
    const here = await this.#ports.settlement.settle(chosen, requests, isFar ? 0 : waitMs);
    if (here !== undefined) return here;
    const call = { kind: "settle", configuration, decided, hint, slot, requests, waitMs } as const;
    const there = await this.#others.askAny(call, deadlineAt);
    return there?.kind === "settled" ? there.results : undefined;
  }
}
