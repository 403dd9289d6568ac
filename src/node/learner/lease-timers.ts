import type { LeaseId } from "../../api/key-value.ts";
import { type Host, sleep } from "../../network/host.ts";
import type { LeaseHeld } from "../../state/lease.ts";
import * as timing from "../timing.ts";
import type { Chore, Propose } from "./chore.ts";
import { LeaseDeadlines } from "./lease-deadlines.ts";

export interface LeaseTimersPorts {
  readonly host: Host;
  readonly machine: {
    leaseHeld(lease: LeaseId): LeaseHeld | undefined;
    /** At most so many leases, by id, from after one of them on. */
    leasesHeld(limit: number, after?: LeaseId): readonly LeaseHeld[];
  };
  /** This learner's place among the home learners: they take turns. */
  readonly rank: number;
  readonly expiriesMax: number;
  readonly propose: Propose;
}

/** Leases read at a time when the deadlines are read from the state. */
const PAGE_LEASES = 10_000;

/**
 * Ends leases whose TTL this learner's own clock has measured in full since the renewal it applied last. The end is a
 * command like any other, that names the renewal: proposed by several learners it happens once, and never after a
 * renewal that was chosen before it.
 *
 * The work is in proportion to the leases that are due. All that are held are read once, when an instance begins or
 * its state is replaced.
 */
export class LeaseTimers implements Chore {
  readonly #ports: LeaseTimersPorts;
  #deadlines: LeaseDeadlines | undefined;

  constructor(ports: LeaseTimersPorts) {
    this.#ports = ports;
  }

  /** A lease was granted, unless its command was refused. */
  granted(lease: LeaseId): void {
    const held = this.#deadlines && this.#ports.machine.leaseHeld(lease);
    if (held) this.#deadlines?.add(lease, dueMs(held));
  }

  /** The state was replaced by another. */
  reset(): void {
    this.#deadlines = undefined;
  }

  nextAt(): number | undefined {
    return this.#all().nextMs;
  }

  /** Proposes the end of leases that have run out, the earliest first, many in an entry. */
  async run(): Promise<void> {
    const { host, rank, propose } = this.#ports;
    const due = this.#takeDue();
    if (due.length === 0) return;
    // The learners take turns, so that the first one's proposals are known before the second makes its own.
    await sleep(host, rank * timing.EXPIRY_RANK_MS);
    const still = due.filter(({ lease, renewals }) => this.#ports.machine.leaseHeld(lease)?.renewals === renewals);
    await Promise.all(still.map(({ lease, renewals }) => propose({ kind: "lease-expire", lease, renewals })));
  }

  /** Takes out what is due, as much as a while allows, and puts it back to be looked at again should it not end. */
  #takeDue(): readonly LeaseHeld[] {
    const { host, machine, rank, expiriesMax } = this.#ports;
    const now = host.now();
    const deadlines = this.#all();
    const due: LeaseHeld[] = [];
    while (due.length < expiriesMax && (deadlines.nextMs ?? Number.POSITIVE_INFINITY) <= now) {
      const held = machine.leaseHeld(deadlines.take() ?? "");
      if (held === undefined) continue;
      if (dueMs(held) <= now) due.push(held);
      else deadlines.add(held.lease, dueMs(held));
    }
    for (const { lease } of due) deadlines.add(lease, now + timing.EXPIRY_RETRY_MS + rank * timing.EXPIRY_RANK_MS);
    return due;
  }

  #all(): LeaseDeadlines {
    if (this.#deadlines) return this.#deadlines;
    const deadlines = new LeaseDeadlines();
    let page: readonly LeaseHeld[] = [];
    do {
      page = this.#ports.machine.leasesHeld(PAGE_LEASES, page.at(-1)?.lease);
      for (const held of page) deadlines.add(held.lease, dueMs(held));
    } while (page.length === PAGE_LEASES);
    this.#deadlines = deadlines;
    return deadlines;
  }
}

function dueMs({ heardMs, ttl }: LeaseHeld): number {
  return heardMs + ttl * 1_000;
}
