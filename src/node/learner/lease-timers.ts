import { sleep } from "../../network/host.ts";
import type { LeaseHeld } from "../../state/lease.ts";
import type { RequestCoordinator } from "../coordinate/request-coordinator.ts";
import * as limits from "../limits.ts";
import type { Learner } from "./learner.ts";

/**
 * Ends leases whose TTL this learner's own clock has measured in full since the renewal it applied last. The end is a
 * command like any other, that names the renewal: proposed by several learners it happens once, and never after a
 * renewal that was chosen before it.
 */
export class LeaseTimers {
  readonly #learner: Learner;

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  /** When the next lease runs out, by this learner's clock; undefined while none is held. */
  nextDueMs(): number | undefined {
    const due = this.#learner.machine.leasesHeld().map(dueMs);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Proposes the end of every lease that has run out, as many as a while allows. */
  async expire(coordinator: RequestCoordinator): Promise<void> {
    const { host, machine } = this.#learner;
    const due = machine.leasesHeld().filter((held) => dueMs(held) <= host.now());
    if (due.length === 0) return;
    // The learners take turns, so that the first one's proposal is known before the second makes its own.
    await sleep(host, this.#learner.rank * limits.EXPIRY_RANK_MS);
    for (const held of due.slice(0, limits.EXPIRIES_MAX)) {
      const still = machine.leasesHeld().find((one) => one.lease === held.lease);
      if (still?.renewals !== held.renewals) continue;
      const { lease, renewals } = held;
      await coordinator.write({ op: { kind: "lease-expire", lease, renewals } });
    }
  }
}

function dueMs({ heardMs, ttl }: LeaseHeld): number {
  return heardMs + ttl * 1_000;
}
