import type { Slot } from "../../core/log.ts";
import type { AcceptorRequest, Position } from "../../core/message.ts";
import { addressOf } from "../../network/address.ts";
import * as limits from "../limits.ts";
import type { Decided } from "../rpc/call.ts";
import type { Learner } from "./learner.ts";
import { Outbox } from "./outbox.ts";

/**
 * Keeps the acceptor of its own region informed: what is chosen, what it missed, and what it may forget. Without it an
 * acceptor that was away would refuse votes as too far ahead for good, and its log would grow for ever.
 */
export class HomeAcceptor {
  readonly #learner: Learner;
  /** Slots up to here are applied by a majority of home learners. */
  readonly #heldUpTo: () => Slot;
  readonly #outbox: Outbox;

  constructor(learner: Learner, heldUpTo: () => Slot) {
    this.#learner = learner;
    this.#heldUpTo = heldUpTo;
    this.#outbox = new Outbox(learner.host, (batch) => this.#send(batch), {
      gatherMs: limits.ACCEPTOR_GATHER_MS,
      gatherEntries: limits.ACCEPTOR_GATHER_ENTRIES,
    });
  }

  tell(decided: readonly Decided[]): void {
    this.#outbox.add(decided);
  }

  /** Ids are enough for an acceptor that voted for the entry; bodies are sent where they are missing. */
  async #send(batch: readonly Decided[]): Promise<boolean> {
    const ids = batch.map(({ slot, entry }) => ({ slot, entryId: entry.id }));
    const told = await this.#ask({ kind: "learn", chosen: ids });
    if (told?.kind !== "learned") return false;
    const missing = new Set(told.missing);
    const bodies = batch.filter(({ slot }) => missing.has(slot));
    const at = bodies.length === 0 ? told.position : await this.#tellWhole(bodies);
    if (at === undefined) return false;
    await this.#forget(at);
    await this.#fill(at);
    return true;
  }

  /**
   * Drops the log's oldest part once it is long enough to be worth it. Of large entries as many are kept as a learner
   * remembers, so that what an acceptor stores is bounded in bytes too.
   */
  async #forget({ firstSlot, chosenUpTo }: Position): Promise<void> {
    const held = this.#heldUpTo();
    const overflow = Math.min(held, this.#learner.recent.overflowUpTo);
    const droppable = Math.max(held - limits.LOG_RETAINED_SLOTS, overflow);
    const upTo = chosenUpTo < droppable ? droppable : Math.min(droppable, firstSlot + limits.LOG_DROP_SLOTS_MAX);
    const worth = droppable === overflow ? limits.LOG_DROP_SLOTS_LARGE : limits.LOG_DROP_SLOTS;
    if (upTo - firstSlot >= worth) await this.#ask({ kind: "prefix", upTo });
  }

  /** Fills a gap below what the acceptor knows, as far as memory reaches; the rest is its alarm's business. */
  async #fill({ chosenUpTo }: Position): Promise<void> {
    const { recent, appliedUpTo } = this.#learner;
    if (chosenUpTo >= appliedUpTo) return;
    const behind = recent.between(chosenUpTo + 1, appliedUpTo);
    if (behind[0]?.slot === chosenUpTo + 1) await this.#tellWhole(behind);
  }

  async #tellWhole(decided: readonly Decided[]): Promise<Position | undefined> {
    const chosen = decided.map(({ slot, entry }) => ({ slot, entryId: entry.id, entry }));
    return (await this.#ask({ kind: "learn", chosen }))?.position;
  }

  async #ask(request: AcceptorRequest) {
    const { configuration, parts, health } = this.#learner;
    const to = addressOf(configuration, "acceptor", parts.region);
    const call = { kind: "steps", configuration, requests: [request] } as const;
    const outcome = await parts.acceptors.call(to, call, health.timeoutMs(parts.region));
    return outcome.ok && outcome.answer.kind === "replies" ? outcome.answer.replies[0] : undefined;
  }
}
