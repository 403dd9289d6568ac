import { describe, expect, test } from "vitest";
import { LeaseDeadlines } from "../../src/node/learner/lease-deadlines.ts";
import { LeaseTimers } from "../../src/node/learner/lease-timers.ts";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import { ALARM_MS_MAX, EXPIRY_RETRY_MS } from "../../src/node/timing.ts";
import type { LeaseHeld } from "../../src/state/lease.ts";
import { Random } from "../random.ts";
import { ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const SECOND_MS = 1_000;
const TTL_S = 10;
/** More than a call takes arguments. */
const HELD = 200_000;

/** The leases that a learner holds, and its timers; proposals are kept, and carried out when the test says so. */
class Leases {
  readonly cluster = new VirtualCluster();
  readonly held = new Map<string, LeaseHeld>();
  readonly proposed: string[] = [];
  readonly timers: LeaseTimers;
  lookups = 0;
  #renewals = 0;

  constructor() {
    this.timers = new LeaseTimers({
      host: this.cluster.host,
      machine: {
        leaseHeld: (lease) => {
          this.lookups++;
          return this.held.get(lease);
        },
        leasesHeld: (limit, after = "") => {
          const sorted = [...this.held.values()].toSorted((a, b) => (a.lease < b.lease ? -1 : 1));
          return sorted.slice(sorted.findIndex(({ lease }) => lease > after)).slice(0, limit);
        },
      },
      rank: 0,
      expiriesMax: NODE_LIMITS.expiriesMax,
      propose: async (op) => {
        if (op.kind === "lease-expire") this.proposed.push(op.lease);
      },
    });
  }

  /** A grant, or a renewal, of which the timers hear nothing. */
  renew(lease: string, ttl = TTL_S): void {
    this.held.set(lease, { lease, ttl, renewals: this.#renewals++, heardMs: this.cluster.host.now() });
  }

  grant(lease: string, ttl = TTL_S): void {
    this.renew(lease, ttl);
    this.timers.granted(lease);
  }

  async run(): Promise<readonly string[]> {
    this.proposed.length = 0;
    await this.cluster.until(this.timers.run());
    return [...this.proposed];
  }
}

test("deadlines come out the soonest first, whatever the order they went in", () => {
  const random = new Random(1);
  const deadlines = new LeaseDeadlines();
  const expected: { lease: string; dueMs: number }[] = [];
  for (let step = 0; step < 2_000; step++) {
    if (random.below(3) > 0) {
      const [lease, dueMs] = [`${step + 1}`, random.below(1_000_000) + step / 10_000];
      deadlines.add(lease, dueMs);
      expected.push({ lease, dueMs });
      expected.sort((a, b) => a.dueMs - b.dueMs);
    } else {
      expect(deadlines.take()).toBe(expected.shift()?.lease);
    }
    expect([deadlines.size, deadlines.nextMs]).toEqual([expected.length, expected[0]?.dueMs]);
  }
});

describe("leases that ran out", () => {
  test("end the earliest first, and together", async () => {
    const leases = new Leases();
    leases.grant("7", 30);
    leases.grant("8", 10);
    leases.grant("9", 20);
    leases.grant("10", 40);
    expect(leases.timers.nextAt()).toBe(leases.cluster.host.now() + 10 * SECOND_MS);
    await leases.cluster.pass(30 * SECOND_MS);
    expect(await leases.run()).toEqual(["8", "9", "7"]);
  });

  test("are all that is looked at, however many are held", async () => {
    const leases = new Leases();
    for (let lease = 1; lease <= HELD; lease++) leases.renew(`${lease}`, 3_600);
    expect(leases.timers.nextAt()).toBe(leases.cluster.host.now() + 3_600 * SECOND_MS);
    for (let lease = 1; lease <= 5; lease++) leases.grant(`${HELD + lease}`);
    leases.lookups = 0;
    await leases.cluster.pass(TTL_S * SECOND_MS);
    expect(await leases.run()).toHaveLength(5);
    expect(leases.lookups).toBeLessThanOrEqual(2 * 5);
  });

  test("do not end when they were renewed, until they run out again", async () => {
    const leases = new Leases();
    leases.grant("1");
    leases.timers.nextAt();
    await leases.cluster.pass((TTL_S - 1) * SECOND_MS);
    leases.renew("1");
    await leases.cluster.pass(SECOND_MS);
    expect(await leases.run()).toEqual([]);
    expect(leases.timers.nextAt()).toBe(leases.cluster.host.now() + (TTL_S - 1) * SECOND_MS);
    await leases.cluster.pass((TTL_S - 1) * SECOND_MS);
    expect(await leases.run()).toEqual(["1"]);
  });

  test("are proposed again while they are held, and not at once", async () => {
    const leases = new Leases();
    leases.grant("1");
    await leases.cluster.pass(TTL_S * SECOND_MS);
    expect(await leases.run()).toEqual(["1"]);
    expect(await leases.run()).toEqual([]);
    await leases.cluster.pass(EXPIRY_RETRY_MS);
    expect(await leases.run()).toEqual(["1"]);
    leases.held.delete("1");
    await leases.cluster.pass(EXPIRY_RETRY_MS);
    expect(await leases.run()).toEqual([]);
    expect(leases.timers.nextAt()).toBeUndefined();
  });

  test("are found anew when the state was replaced", async () => {
    const leases = new Leases();
    expect(leases.timers.nextAt()).toBeUndefined();
    leases.renew("1");
    leases.timers.reset();
    await leases.cluster.pass(TTL_S * SECOND_MS);
    expect(await leases.run()).toEqual(["1"]);
  });
});

test("a lease that outlasts what a host can count sets an alarm all the same, and keeps no other from its end", async () => {
  const cluster = new VirtualCluster();
  const armed: number[] = [];
  const learner = cluster.learner("weur", (ms) => armed.push(ms));
  await cluster.chosen(learner, { kind: "lease-grant", lease: "1", ttl: 9_000_000_000 });
  expect(armed).toEqual([ALARM_MS_MAX]);
  await cluster.chosen(learner, { kind: "lease-grant", lease: "2", ttl: TTL_S }, ops.put("k", "v", { lease: "2" }));
  expect(armed.at(-1)).toBeLessThanOrEqual(TTL_S * SECOND_MS);
});
