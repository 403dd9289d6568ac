import type { Region } from "../../network/region.ts";
import type { OwnEntry } from "../propose/own-entry.ts";
import type { Decided, Teller } from "../rpc/call.ts";
import type { Hint } from "../rpc/log-position.ts";

/** Where the intake puts what it takes, and whom it tells. */
export interface IntakePorts {
  readonly region: Region;
  readonly replica: { take(decided: readonly Decided[], own?: OwnEntry): readonly Decided[] };
  readonly tail: { adopt(hint: Hint): boolean; came(region: Region, entries: number): void };
  readonly homeAcceptor: { tell(decided: readonly Decided[]): void };
  readonly gossip: { tell(decided: readonly Decided[]): void; heard(teller: Teller): void };
}

/** Chosen entries on their way into the replica, and on to the home acceptor and the other learners. */
export class Intake {
  readonly #ports: IntakePorts;

  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  /**
   * Takes chosen entries from a proposer, or from this learner's own recovery, and passes them on. `own`: the one of
   * them that was made here.
   */
  learn(decided: readonly Decided[], hint?: Hint, own?: OwnEntry): void {
    const { region, tail, gossip } = this.#ports;
    const isNews = hint !== undefined && tail.adopt(hint);
    const fresh = this.learnQuietly(decided, own);
    tail.came(region, fresh.length);
    // That the log is open again is worth telling by itself, or writers elsewhere go on asking the leader.
    if (fresh.length > 0 || isNews) gossip.tell(fresh);
  }

  /** Takes chosen entries from another learner, which tells the others itself. */
  learnFrom(teller: Teller, decided: readonly Decided[], hint?: Hint): void {
    const { tail, gossip } = this.#ports;
    if (hint !== undefined) tail.adopt(hint);
    tail.came(teller.region, this.learnQuietly(decided).length);
    gossip.heard(teller);
  }

  /** Takes chosen entries and tells the home acceptor alone. Returns those that were not known. */
  learnQuietly(decided: readonly Decided[], own?: OwnEntry): readonly Decided[] {
    const { replica, homeAcceptor } = this.#ports;
    const fresh = replica.take(decided, own);
    if (fresh.length > 0) homeAcceptor.tell(fresh);
    return fresh;
  }
}
