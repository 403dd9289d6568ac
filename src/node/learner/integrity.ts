import type { Slot } from "../../core/log.ts";
import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import type { Alarms } from "../alarms.ts";
import type { NodeContext } from "../rpc/context.ts";
import * as timing from "../timing.ts";
import type { Chore } from "./chore.ts";
import type { DigestBook, Digests } from "./digest-book.ts";
import { type DigestVerdict, digestVerdict } from "./digest-verdict.ts";
import type { Suspended, Suspension } from "./suspension.ts";

/** A state that differs once more after so many new beginnings does so by rule: it is left to people. */
const REPAIRS_MAX = 3;

export interface IntegrityPorts {
  readonly replica: {
    readonly digests: DigestBook;
    /** Empties the state; `also` takes effect with it or not at all. */
    wipe(also: () => void): void;
  };
  readonly suspension: Suspension;
  readonly alarms: Alarms;
  /** Sends all watchers to other learners. */
  leave(): void;
  catchUpWithQuorum(): Promise<void>;
  /** There is something to do for the alarm. */
  soon(): void;
}

/**
 * Compares this learner's state with the others' at equal slots (protocol, "Digests"). A learner that differs from a
 * majority goes out of service, begins its state anew, and comes back once it agrees with a majority. Without a
 * majority that agrees nobody can tell which state is right: all raise an alarm, and none stops.
 */
export class Integrity implements Chore {
  readonly #context: NodeContext;
  readonly #ports: IntegrityPorts;
  #isDoubtful = false;
  #isJudging = false;

  constructor(context: NodeContext, ports: IntegrityPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** While it is, the learner answers nothing that depends on its state. */
  get isSuspended(): boolean {
    return this.#ports.suspension.current !== undefined;
  }

  /** Another learner tells the digest of its state at `slot`. */
  heard(region: Region, slot: Slot, digest: string): void {
    const own = this.#ports.replica.digests.at(slot);
    if (own === undefined || own === digest) return;
    this.#ports.alarms.raise("digest", `14: equal digests at equal slots, but ${region} differs from this learner`);
    if (this.#isDoubtful) return;
    this.#isDoubtful = true;
    this.#ports.soon();
    this.#context.host.background(this.#judge());
  }

  /** The level was raised in `slot` without the learners of these regions (protocol, "Levels"). */
  excluded(regions: readonly string[], slot: Slot): void {
    if (!regions.includes(this.#context.parts.region)) return;
    const { current } = this.#ports.suspension;
    // It comes to the same slot once more where its new state is made of the log.
    if (current !== undefined && current.slot >= slot) return;
    this.#beginAnew({ slot, repairs: current?.repairs ?? 0 });
  }

  nextAt(): number | undefined {
    const isOpen = this.#isDoubtful || this.isSuspended;
    return isOpen ? this.#context.host.now() + timing.ANTI_ENTROPY_MS : undefined;
  }

  async run(): Promise<void> {
    if (!this.#isDoubtful && !this.isSuspended) return;
    if (this.isSuspended) await this.#ports.catchUpWithQuorum();
    await this.#judge();
  }

  async #judge(): Promise<void> {
    if (this.#isJudging) return;
    this.#isJudging = true;
    try {
      const { members } = this.#context.configuration;
      const others = await Promise.all(members.map((region) => this.#digestsOf(region)));
      const known = others.filter((digests) => digests !== undefined);
      this.#conclude(digestVerdict(members.length, this.#ports.replica.digests.all, known));
    } finally {
      this.#isJudging = false;
    }
  }

  #conclude(verdict: DigestVerdict): void {
    const { suspension } = this.#ports;
    if (verdict.kind === "unclear") return;
    if (verdict.kind === "differs") return this.#suspend(verdict.slot);
    this.#isDoubtful = false;
    // What it agrees on must reach beyond the slot where it did not.
    if (suspension.current !== undefined && verdict.slot >= suspension.current.slot) suspension.end();
  }

  #suspend(slot: Slot): void {
    const { suspension, alarms } = this.#ports;
    const repairs = suspension.current?.repairs ?? 0;
    if (repairs >= REPAIRS_MAX) return;
    alarms.raise(
      "digest",
      `14: this learner's state differed from a majority's and is begun anew, time ${repairs + 1}`,
    );
    this.#beginAnew({ slot, repairs: repairs + 1 });
  }

  /** Out of service until its state, which comes from another learner, is a majority's from that slot on. */
  #beginAnew(suspended: Suspended): void {
    this.#ports.replica.wipe(() => this.#ports.suspension.save(suspended));
    this.#ports.leave();
    this.#ports.soon();
    this.#context.host.background(this.#ports.catchUpWithQuorum());
  }

  /** The digests that another learner has at its latest slots; undefined when it does not say, or is in doubt itself. */
  async #digestsOf(region: Region): Promise<Digests | undefined> {
    const { configuration, parts, health } = this.#context;
    if (region === parts.region) return undefined;
    const to = addressOf(configuration, "learner", region);
    const heard = await parts.learners.call(to, { kind: "digests", configuration }, health.timeoutMs(region));
    return heard.ok && heard.answer.kind === "digests" ? new Map(heard.answer.digests) : undefined;
  }
}
