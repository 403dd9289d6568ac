import { invariant } from "../../core/invariant.ts";
import type { Entry, Slot } from "../../core/log.ts";
import type { RecoveryPlan } from "../../core/proposer.ts";
import { byDistance } from "../../network/round-trip.ts";
import type { NodeContext } from "../rpc/context.ts";
import { askOne } from "../rpc/round.ts";

/** Entries by id. Messages about votes carry ids; bodies are fetched from an acceptor that has them, nearest first. */
export class Bodies {
  readonly #entries = new Map<string, Entry>();

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) this.#entries.set(entry.id, entry);
  }

  /** An entry that `fetch` brought. */
  held(id: string): Entry {
    const entry = this.#entries.get(id);
    invariant(entry !== undefined, "a recovery has the bodies it assigns");
    return entry;
  }

  /** Brings every body the plan names; false when one is nowhere to be had, as happens to the pre-empted. */
  async fetch(context: NodeContext, plan: RecoveryPlan): Promise<boolean> {
    for (const slot of plan.slots) {
      if (slot.kind !== "chosen" && slot.kind !== "value") continue;
      if ((await this.one(context, slot.slot, slot.entryId)) === undefined) return false;
    }
    return true;
  }

  async one(context: NodeContext, slot: Slot, entryId: string): Promise<Entry | undefined> {
    const held = this.#entries.get(entryId);
    if (held !== undefined) return held;
    const call = { kind: "bodies", configuration: context.configuration, refs: [{ slot, entryId }] } as const;
    for (const region of byDistance(context.parts.region, context.configuration.members)) {
      const answer = await askOne(context, region, call);
      if (answer === "lost" || answer.kind !== "bodies") continue;
      for (const entry of answer.entries) this.#entries.set(entry.id, entry);
      if (this.#entries.has(entryId)) return this.#entries.get(entryId);
    }
    return undefined;
  }
}
