import { invariant } from "../../core/invariant.ts";
import type { Slot } from "../../core/log.ts";
import { quorumsFor } from "../../core/quorum.ts";
import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import * as limits from "../limits.ts";
import type { Decided, Teller } from "../rpc/call.ts";
import type { Learner } from "./learner.ts";
import { Outbox } from "./outbox.ts";

/** Passes what is chosen on to the home learners of the other regions, and hears how far each has come. */
export class Gossip {
  readonly #learner: Learner;
  readonly #outboxes: readonly Outbox[];
  /** What each learner was last heard to have applied, durably. */
  readonly #applied = new Map<Region, Slot>();
  #heldUpTo: Slot = 0;

  constructor(learner: Learner) {
    this.#learner = learner;
    const { configuration, host, parts } = learner;
    const others = configuration.members.filter((region) => region !== parts.region);
    this.#outboxes = others.map(
      (region) => new Outbox(host, (batch) => this.#send(region, batch), { gapMs: limits.GOSSIP_GAP_MS }),
    );
  }

  /** Everything up to here is applied by a majority of home learners: acceptors may forget it. */
  get heldUpTo(): Slot {
    const { members } = this.#learner.configuration;
    const applied = members
      .map((region) =>
        region === this.#learner.parts.region ? this.#learner.appliedUpTo : (this.#applied.get(region) ?? 0),
      )
      .sort((a, b) => b - a);
    this.#heldUpTo = Math.max(this.#heldUpTo, applied[quorumsFor(members.length).classic - 1] ?? 0);
    return this.#heldUpTo;
  }

  tell(decided: readonly Decided[]): void {
    for (const outbox of this.#outboxes) outbox.add(decided);
  }

  heard({ region, appliedUpTo, digest, heldUpTo }: Teller): void {
    const { machine } = this.#learner;
    const isSame = appliedUpTo !== machine.appliedUpTo || digest === machine.digest;
    invariant(isSame, `14: equal digests at equal slots, but ${region} differs at ${appliedUpTo}`);
    this.#applied.set(region, Math.max(this.#applied.get(region) ?? 0, appliedUpTo));
    this.#heldUpTo = Math.max(this.#heldUpTo, heldUpTo);
  }

  async #send(region: Region, decided: readonly Decided[]): Promise<boolean> {
    const { configuration, parts, health, hint, appliedUpTo, machine } = this.#learner;
    const to = addressOf(configuration, "learner", region);
    const { digest } = machine;
    const teller: Teller = { region: parts.region, appliedUpTo, digest, heldUpTo: this.heldUpTo };
    const call = { kind: "learn", configuration, decided, hint, teller } as const;
    const told = await parts.learners.call(to, call, health.timeoutMs(region));
    if (!told.ok || told.answer.kind !== "learned") return false;
    this.heard({ ...told.answer, region, heldUpTo: 0 });
    return true;
  }
}
