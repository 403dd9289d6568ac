import { describe, expect, test } from "vitest";
import { Freshness } from "../../src/node/learner/freshness.ts";
import { ROOT } from "../../src/policy/caller.ts";
import { ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

describe("the lag of a learner", () => {
  test("counts from the start of the last quorum read whose slots are applied", () => {
    const freshness = new Freshness();
    expect(freshness.lagMs(1_000)).toBeUndefined();
    freshness.read(3, 1_000, 3);
    expect(freshness.lagMs(1_500)).toBe(500);
    freshness.read(5, 2_000, 4);
    expect(freshness.lagMs(2_500)).toBe(1_500);
    freshness.applied(5);
    expect(freshness.lagMs(2_500)).toBe(500);
  });

  test("is not stopped by reads that are never caught up with", () => {
    const freshness = new Freshness();
    for (let read = 1; read <= 100; read++) freshness.read(read, read * 1_000, 0);
    freshness.applied(1);
    expect(freshness.lagMs(100_000)).toBe(99_000);
  });

  test("is not reset by chosen entries that arrive from elsewhere", async () => {
    const cluster = new VirtualCluster();
    for (const region of cluster.configuration.members) cluster.acceptor(region);
    const learner = cluster.learner("weur");
    const query = { kind: "query", caller: ROOT, configuration: cluster.configuration, waitMs: 0 } as const;
    const range = { kind: "range", key: Uint8Array.of(1), countOnly: true } as const;
    await cluster.until(learner.handle({ ...query, query: range, linearizable: true }));
    const before = learner.lagMs;
    expect(before).toBeDefined();
    await cluster.pass(10_000);
    await cluster.chosen(learner, ops.put("a", "1"));
    expect(learner.appliedUpTo).toBe(1);
    expect(learner.lagMs).toBe((before ?? 0) + 10_000);
  });
});
