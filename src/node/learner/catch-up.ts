import type { Slot } from "../../core/log.ts";
import type { ReadPlan } from "../../core/read.ts";
import { sleep } from "../../network/host.ts";
import { byDistance, quorumRoundTripMs } from "../../network/round-trip.ts";
import { finish } from "../propose/finish.ts";
import { Proposer } from "../propose/proposer.ts";
import type { Decided } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import type { Hint } from "../rpc/log-position.ts";
import { askOne } from "../rpc/round.ts";

const ATTEMPTS_MAX = 8;

export interface CatchUpPorts {
  readonly replica: {
    readonly appliedUpTo: Slot;
    reached(slot: Slot, ms: number): Promise<boolean>;
  };
  /** Asks a read quorum how far the log may go; undefined when too few answer. */
  quorumRead(): Promise<ReadPlan | undefined>;
  learn(decided: readonly Decided[], hint?: Hint): void;
  learnQuietly(decided: readonly Decided[]): void;
  /** Whether a state that is empty was begun anew, and is not to come from the log while another learner's can be had. */
  prefersSnapshot(): boolean;
  /** Takes over another learner's state; false when none is newer or reachable. */
  fetchSnapshot(): Promise<boolean>;
}

/**
 * Closes a learner's gaps, one attempt at a time: waits a little for the messages that are on their way, fetches
 * what acceptors know chosen, and at last has the slots decided that no proposer finished.
 */
export class CatchUp {
  readonly #context: NodeContext;
  readonly #ports: CatchUpPorts;
  #target: Slot = 0;
  #running = false;

  constructor(context: NodeContext, ports: CatchUpPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** Works towards having applied `slot`, in the background. */
  start(slot: Slot): void {
    this.#target = Math.max(this.#target, slot);
    if (this.#running) return;
    this.#context.host.background(this.#run());
  }

  /** Asks a read quorum how far the log goes, and works towards that. */
  async withQuorum(): Promise<void> {
    const { replica } = this.#ports;
    const plan = await this.#ports.quorumRead();
    if (plan !== undefined && plan.slot > replica.appliedUpTo) this.start(plan.slot);
  }

  async #run(): Promise<void> {
    const { host, parts, configuration } = this.#context;
    const { members } = configuration;
    const { replica } = this.#ports;
    const patience = quorumRoundTripMs(parts.region, members, members.length) / 2;
    this.#running = true;
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX && !this.#isThere; attempt++) {
        if (await replica.reached(this.#target, patience * (attempt + 1))) return;
        await this.#fetchLog();
        if (this.#isThere) return;
        await this.#finish();
        if (attempt > 0) await sleep(host, host.random() * patience);
      }
    } finally {
      // In the turn of the last look at the target: one that is raised later begins anew.
      this.#running = false;
    }
  }

  get #isThere(): boolean {
    return this.#ports.replica.appliedUpTo >= this.#target;
  }

  /** Pages of chosen entries from the acceptors, nearest first, as long as they lead on. */
  async #fetchLog(): Promise<void> {
    const { parts, configuration } = this.#context;
    const { replica } = this.#ports;
    for (const region of byDistance(parts.region, configuration.members)) {
      for (;;) {
        const from = replica.appliedUpTo + 1;
        const answer = await askOne(this.#context, region, { kind: "log", configuration, from });
        if (answer === "lost" || answer.kind !== "log") break;
        if ((answer.firstSlot > from || this.#isAnew) && (await this.#ports.fetchSnapshot())) continue;
        this.#ports.learnQuietly(answer.decided);
        if (replica.appliedUpTo < from || replica.appliedUpTo >= answer.chosenUpTo) break;
      }
      if (this.#isThere) return;
    }
  }

  get #isAnew(): boolean {
    return this.#ports.replica.appliedUpTo === 0 && this.#ports.prefersSnapshot();
  }

  async #finish(): Promise<void> {
    const from = this.#ports.replica.appliedUpTo + 1;
    const finished = await finish(new Proposer(this.#context), { from, upTo: Math.max(from, this.#target) });
    this.#ports.learn(finished.decided, finished.hint);
  }
}
