import type { Slot } from "../../core/log.ts";
import { quorumsFor } from "../../core/quorum.ts";
import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import type { Decided, Teller } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import type { Hint } from "../rpc/log-position.ts";
import * as timing from "../timing.ts";
import { Outbox } from "./outbox.ts";

export interface GossipPorts {
  readonly machine: { readonly appliedUpTo: Slot; readonly digest: string };
  readonly tail: { readonly hint: Hint };
  readonly integrity: { heard(region: Region, slot: Slot, digest: string): void };
}

/** Passes chosen entries on to the home learners of the other regions, and hears how far each has come. */
export class Gossip {
  readonly #context: NodeContext;
  readonly #ports: GossipPorts;
  readonly #outboxes: readonly Outbox[];
  /** What each learner was last heard to have applied, durably. */
  readonly #applied = new Map<Region, Slot>();
  #heldUpTo: Slot = 0;

  constructor(context: NodeContext, ports: GossipPorts) {
    this.#context = context;
    this.#ports = ports;
    const { configuration, parts } = context;
    const others = configuration.members.filter((region) => region !== parts.region);
    this.#outboxes = others.map(
      (region) => new Outbox(context, (batch) => this.#send(region, batch), { gapMs: timing.GOSSIP_GAP_MS }),
    );
  }

  /** Everything up to here is applied by a majority of home learners: acceptors may forget it. */
  get heldUpTo(): Slot {
    const { configuration, parts } = this.#context;
    const { members } = configuration;
    const { appliedUpTo } = this.#ports.machine;
    const applied = members
      .map((region) => (region === parts.region ? appliedUpTo : (this.#applied.get(region) ?? 0)))
      .sort((a, b) => b - a);
    this.#heldUpTo = Math.max(this.#heldUpTo, applied[quorumsFor(members.length).classic - 1] ?? 0);
    return this.#heldUpTo;
  }

  tell(decided: readonly Decided[]): void {
    for (const outbox of this.#outboxes) outbox.add(decided);
  }

  heard({ region, appliedUpTo, digest, heldUpTo }: Teller): void {
    this.#applied.set(region, Math.max(this.#applied.get(region) ?? 0, appliedUpTo));
    this.#heldUpTo = Math.max(this.#heldUpTo, heldUpTo);
    this.#ports.integrity.heard(region, appliedUpTo, digest);
  }

  async #send(region: Region, decided: readonly Decided[]): Promise<boolean> {
    const { configuration, parts, health } = this.#context;
    const { machine, tail } = this.#ports;
    const { appliedUpTo, digest } = machine;
    const to = addressOf(configuration, "learner", region);
    const teller: Teller = { region: parts.region, appliedUpTo, digest, heldUpTo: this.heldUpTo };
    const call = { kind: "learn", configuration, decided, hint: tail.hint, teller } as const;
    const told = await parts.learners.call(to, call, health.timeoutMs(region));
    if (!told.ok || told.answer.kind !== "learned") return false;
    this.heard({ ...told.answer, region, heldUpTo: 0 });
    return true;
  }
}
