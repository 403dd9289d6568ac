import type { Region } from "../../network/region.ts";
import type { Result } from "../../state/command.ts";
import type { Learner } from "../learner/learner.ts";
import * as limits from "../limits.ts";
import { Health } from "../rpc/health.ts";
import { NearLearners } from "../rpc/near-learners.ts";
import type { LogHint } from "./hint-cache.ts";
import type { Chosen, WriterHome } from "./writer.ts";

/** A learner as the home of its own region's writers. */
export class LocalHome implements WriterHome {
  readonly #learner: Learner;
  readonly #others: NearLearners;

  constructor(learner: Learner) {
    const { host, parts, configuration } = learner;
    this.#learner = learner;
    this.#others = new NearLearners(host, parts, configuration, new Health(host, parts.region), parts.region);
  }

  async hint(): Promise<LogHint> {
    return { ...this.#learner.reserve(), heardAt: this.#learner.host.now() };
  }

  placement(): readonly Region[] {
    return this.#learner.placement;
  }

  remember(hint: LogHint): void {
    this.#learner.adopt(hint);
  }

  preview(): undefined {
    return undefined;
  }

  /** From what is applied here, or, when this learner is too far behind, from another one. */
  async settle(
    { slot, decided, hint }: Chosen,
    requestIds: readonly string[],
    deadlineAt: number,
  ): Promise<readonly Result[] | undefined> {
    const { configuration } = this.#learner;
    const { waitMs } = this.#others;
    const call = { kind: "settle", configuration, decided, hint, slot, requestIds, waitMs } as const;
    // What it takes to catch up from so far nobody can wait for.
    const isFar = slot - this.#learner.appliedUpTo > limits.RESERVED_SLOTS_MAX;
    const here = await this.#learner.settle(isFar ? { ...call, waitMs: 0 } : call);
    const settled = here.kind === "settled" ? here : await this.#others.askAny(call, deadlineAt);
    return settled?.kind === "settled" ? settled.results : undefined;
  }
}
