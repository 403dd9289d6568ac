import type { Slot } from "../../core/log.ts";
import { sleep } from "../../network/host.ts";
import { byDistance, quorumRoundTripMs } from "../../network/round-trip.ts";
import { Proposer } from "../propose/proposer.ts";
import { askOne } from "../rpc/round.ts";
import type { Learner } from "./learner.ts";
import { snapshotFetch } from "./snapshot-transfer.ts";

const ATTEMPTS_MAX = 8;

/**
 * Closes a learner's gaps, one attempt at a time: waits a little for the messages that are on their way, fetches
 * what acceptors know chosen, and at last has the slots decided that nobody finished.
 */
export class CatchUp {
  readonly #learner: Learner;
  #target: Slot = 0;
  #running = false;

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  /** Works towards having applied `slot`. */
  start(slot: Slot): void {
    this.#target = Math.max(this.#target, slot);
    if (this.#running) return;
    this.#learner.host.background(this.#run());
  }

  /** Asks a read quorum how far the log goes, and works towards that. */
  async withQuorum(): Promise<void> {
    const plan = await this.#proposer().quorumRead(this.#learner.appliedUpTo);
    if (plan === undefined) return;
    if (plan.slot > this.#learner.appliedUpTo) this.start(plan.slot);
    else this.#learner.fresh();
  }

  async #run(): Promise<void> {
    const learner = this.#learner;
    const { members } = learner.configuration;
    const patience = quorumRoundTripMs(learner.parts.region, members, members.length) / 2;
    this.#running = true;
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX && learner.appliedUpTo < this.#target; attempt++) {
        await learner.waiters.until(() => learner.appliedUpTo >= this.#target, patience * (attempt + 1));
        if (learner.appliedUpTo >= this.#target) return;
        await this.#fetchLog();
        if (learner.appliedUpTo >= this.#target) return;
        await this.#finish();
        if (attempt > 0) await sleep(learner.host, learner.host.random() * patience);
      }
    } finally {
      // In the turn of the last look at the target: one that is raised later begins anew.
      this.#running = false;
    }
  }

  /** Pages of chosen entries from the acceptors, nearest first, as long as they lead on. */
  async #fetchLog(): Promise<void> {
    const learner = this.#learner;
    const { configuration } = learner;
    for (const region of byDistance(learner.parts.region, configuration.members)) {
      for (;;) {
        const from = learner.appliedUpTo + 1;
        const answer = await askOne(learner, region, { kind: "log", configuration, from });
        if (answer === "lost" || answer.kind !== "log") break;
        if (answer.firstSlot > from && (await snapshotFetch(learner))) continue;
        learner.learnQuietly(answer.decided);
        if (learner.appliedUpTo < from || learner.appliedUpTo >= answer.chosenUpTo) break;
      }
      if (learner.appliedUpTo >= this.#target) return;
    }
  }

  async #finish(): Promise<void> {
    const learner = this.#learner;
    const from = learner.appliedUpTo + 1;
    const finished = await this.#proposer().finish({ from, upTo: Math.max(from, this.#target) });
    learner.learn(finished.decided, finished.hint);
  }

  #proposer(): Proposer {
    const { host, parts, configuration, health } = this.#learner;
    return new Proposer(host, parts, configuration, health);
  }
}
