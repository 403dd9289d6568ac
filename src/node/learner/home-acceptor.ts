import type { Witness } from "../../core/identity.ts";
import type { Slot } from "../../core/log.ts";
import type { AcceptorRequest, Position } from "../../core/message.ts";
import type { Decided } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { askOne } from "../rpc/round.ts";
import * as timing from "../timing.ts";
import { Outbox } from "./outbox.ts";

/** Once with the lives that are remembered, once with those that the acceptor told. */
const LIVES_TRIES_MAX = 2;

export interface HomeAcceptorPorts {
  readonly replica: {
    readonly appliedUpTo: Slot;
    readonly recent: { readonly overflowUpTo: Slot; between(from: Slot, to: Slot): readonly Decided[] };
  };
  /** Slots up to here are applied by a majority of home learners. */
  readonly gossip: { readonly heldUpTo: Slot };
  /** Is told that the acceptor, which is enrolled then, answered under these members. */
  readonly membership: { confirm(context: NodeContext): void };
  /** What the acceptor told of itself before. */
  readonly witness: { readonly current: Witness | undefined; heard(life: number, at: Position): void };
}

/**
 * Keeps the acceptor of its own region informed: which slots are chosen, which it missed, and which it may forget.
 * Without it an acceptor that was away would refuse votes as too far ahead for good, and its log would grow for ever.
 * With each message it is told what it said of itself before: one whose disk is an older copy goes silent.
 */
export class HomeAcceptor {
  readonly #context: NodeContext;
  readonly #ports: HomeAcceptorPorts;
  readonly #outbox: Outbox;

  constructor(context: NodeContext, ports: HomeAcceptorPorts) {
    this.#context = context;
    this.#ports = ports;
    this.#outbox = new Outbox(context, (batch) => this.#send(batch), {
      gatherMs: timing.ACCEPTOR_GATHER_MS,
      gatherEntries: timing.ACCEPTOR_GATHER_ENTRIES,
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
   * remembers, so that an acceptor's storage is bounded in bytes too.
   */
  async #forget({ firstSlot, chosenUpTo }: Position): Promise<void> {
    const { logRetainedSlots, logDropSlots, logDropSlotsLarge, logDropSlotsMax } = this.#context.limits;
    const held = this.#ports.gossip.heldUpTo;
    const overflow = Math.min(held, this.#ports.replica.recent.overflowUpTo);
    const droppable = Math.max(held - logRetainedSlots, overflow);
    const upTo = chosenUpTo < droppable ? droppable : Math.min(droppable, firstSlot + logDropSlotsMax);
    const worth = droppable === overflow ? logDropSlotsLarge : logDropSlots;
    if (upTo - firstSlot >= worth) await this.#ask({ kind: "prefix", upTo });
  }

  /** Fills a gap below the acceptor's prefix, as far as memory reaches; its alarm looks after the rest. */
  async #fill({ chosenUpTo }: Position): Promise<void> {
    const { recent, appliedUpTo } = this.#ports.replica;
    if (chosenUpTo >= appliedUpTo) return;
    const behind = recent.between(chosenUpTo + 1, appliedUpTo);
    if (behind[0]?.slot === chosenUpTo + 1) await this.#tellWhole(behind);
  }

  async #tellWhole(decided: readonly Decided[]): Promise<Position | undefined> {
    const chosen = decided.map(({ slot, entry }) => ({ slot, entryId: entry.id, entry }));
    return (await this.#ask({ kind: "learn", chosen }))?.position;
  }

  /**
   * Under the lives that are known here; an acceptor that knows of others says so, and is asked once more under those.
   * Without them a namespace with an acceptor that came back would never be told again what it may forget.
   */
  async #ask(request: AcceptorRequest) {
    const { configuration, parts, health } = this.#context;
    const { witness, membership } = this.#ports;
    for (let tries = 0; tries < LIVES_TRIES_MAX; tries++) {
      const lives = health.news.lives(configuration.namespace);
      const call = { kind: "steps", configuration, lives, requests: [request], witness: witness.current } as const;
      const answer = await askOne(this.#context, parts.region, call);
      if (answer === "lost") continue;
      const reply = answer.kind === "replies" ? answer.replies[0] : undefined;
      if (reply === undefined) return undefined;
      witness.heard(lives[parts.region] ?? 0, reply.position);
      membership.confirm(this.#context);
      return reply;
    }
    return undefined;
  }
}
