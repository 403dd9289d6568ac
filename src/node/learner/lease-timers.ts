import { type Host, sleep } from "../../network/host.ts";
import type { LeaseHeld } from "../../state/lease.ts";
import * as timing from "../timing.ts";
import type { Chore, Propose } from "./chore.ts";

export interface LeaseTimersPorts {
  readonly host: Host;
  readonly machine: { leasesHeld(): readonly LeaseHeld[] };
  /** This learner's place among the home learners: they take turns. */
  readonly rank: number;
  readonly expiriesMax: number;
  readonly propose: Propose;
}

/**
 * Ends leases whose TTL this learner's own clock has measured in full since the renewal it applied last. The end is a
 * command like any other, that names the renewal: proposed by several learners it happens once, and never after a
 * renewal that was chosen before it.
 */
export class LeaseTimers implements Chore {
  readonly #ports: LeaseTimersPorts;

  constructor(ports: LeaseTimersPorts) {
    this.#ports = ports;
  }

  /** A lease that is due already was just tried, or is another learner's turn. */
  nextAt(): number | undefined {
    const { host, machine } = this.#ports;
    const due = machine.leasesHeld().map(dueMs);
    return due.length === 0 ? undefined : Math.max(Math.min(...due), host.now() + timing.EXPIRY_RANK_MS);
  }

  /** Proposes the end of every lease that has run out, as many as a while allows. */
  async run(): Promise<void> {
    const { host, machine, rank, expiriesMax, propose } = this.#ports;
    const due = machine.leasesHeld().filter((held) => dueMs(held) <= host.now());
    if (due.length === 0) return;
    // The learners take turns, so that the first one's proposal is known before the second makes its own.
    await sleep(host, rank * timing.EXPIRY_RANK_MS);
    for (const held of due.slice(0, expiriesMax)) {
      const still = machine.leasesHeld().find((one) => one.lease === held.lease);
      if (still?.renewals !== held.renewals) continue;
      const { lease, renewals } = held;
      await propose({ kind: "lease-expire", lease, renewals });
    }
  }
}

function dueMs({ heardMs, ttl }: LeaseHeld): number {
  return heardMs + ttl * 1_000;
}
