import { BALLOT_ZERO, ballotCompare } from "../../core/ballot.ts";
import { CLOSED, type Slot } from "../../core/log.ts";
import type { Region } from "../../network/region.ts";
import { GENESIS_LEVEL } from "../../state/level.ts";
import { leaderPlacement } from "../propose/leader-placement.ts";
import type { NodeContext } from "../rpc/context.ts";
import type { Hint, LogPosition } from "../rpc/log-position.ts";
import * as timing from "../timing.ts";
import { RegionShares } from "./region-shares.ts";

/** The applied state as far as the end of the log depends on it. */
interface Applied {
  readonly appliedUpTo: Slot;
  /** The highest slot known to be chosen. */
  readonly highestChosen: Slot;
  readonly machine: { readonly revision: number; readonly level: number };
}

/** Where the log ends as one learner knows it, and which slots it handed to the writers of its region. */
export class LogTail {
  readonly #context: NodeContext;
  readonly #applied: Applied;
  readonly #shares = new RegionShares();
  #hint: Hint = { ballot: BALLOT_ZERO, openFrom: 1 };
  /** The region that led last; it need not lead any more. */
  #leader: string | undefined;
  /** The highest slot handed to a writer, and when. */
  #reserved = { slot: 0, at: 0 };

  constructor(context: NodeContext, applied: Applied) {
    this.#context = context;
    this.#applied = applied;
  }

  get hint(): Hint {
    return this.#hint;
  }

  /** The regions to be asked to lead while none does, best first. */
  get placement(): readonly Region[] {
    return leaderPlacement(this.#context.configuration, this.#shares.eighths);
  }

  /** Takes a newer hint; false when it is not newer. */
  adopt({ ballot, openFrom, leader }: Hint): boolean {
    const order = ballotCompare(ballot, this.#hint.ballot);
    const isNewer = order > 0 || (order === 0 && openFrom < this.#hint.openFrom);
    if (isNewer) this.#hint = { ballot, openFrom, leader };
    if (isNewer && leader !== undefined && leader !== this.#leader) {
      if (this.#leader !== undefined) this.#context.meter?.add("leaderChanges");
      this.#leader = leader;
    }
    return isNewer;
  }

  /** Entries came by way of a region's learner: from there, unless a leader sits there and they are everybody's. */
  came(region: Region, entries: number): void {
    if (entries > 0 && this.#hint.openFrom !== CLOSED) this.#shares.add(region, entries);
  }

  /** Up to which feature level operations may be proposed: a namespace without entries begins at the genesis level. */
  get level(): number {
    const { appliedUpTo, machine } = this.#applied;
    return appliedUpTo === 0 ? Math.max(machine.level, GENESIS_LEVEL) : machine.level;
  }

  /** Where the log stands, as far as is known here. */
  standing(): LogPosition {
    const { appliedUpTo, highestChosen, machine } = this.#applied;
    const { host, limits } = this.#context;
    const { slot, at } = this.#reserved;
    const isHeld = host.now() - at < timing.RESERVE_MS && slot < highestChosen + limits.reservedSlotsMax;
    const nextSlot = (isHeld ? Math.max(highestChosen, slot) : highestChosen) + 1;
    return { ...this.#hint, appliedUpTo, nextSlot, revision: machine.revision, level: this.level };
  }

  /**
   * The same for a writer: writers of one region are handed slots of their own for a moment, so that they do not
   * collide. A slot that is not used after all is a gap that the next writer's learner fills. While the log is closed
   * no writer needs one, and never are they handed out far ahead of what is chosen: a command's slot is also its birth.
   */
  reserve(): LogPosition {
    const standing = this.standing();
    if (this.#hint.openFrom !== CLOSED) {
      this.#reserved = { slot: standing.nextSlot, at: this.#context.host.now() };
    }
    return standing;
  }
}
