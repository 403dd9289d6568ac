import { describe, expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import type { Learner } from "../../src/node/learner/learner.ts";
import type { Retention } from "../../src/node/learner/retention.ts";
import { RETENTION_RETRY_MS } from "../../src/node/timing.ts";
import { ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const KEPT_SECONDS = 60;

/** A learner with more history than it need keep, in a cluster where nobody tells it what is chosen. */
async function overfull(cluster: VirtualCluster, region: Region, retention: Retention): Promise<Learner> {
  const learner = cluster.learner(region, undefined, undefined, undefined, retention);
  await cluster.chosen(learner, ...Array.from({ length: 10 }, (_, value) => ops.put("k", `${value}`)));
  return learner;
}

/** Whether the alarm, which may be rung for anything, makes the learner propose: only then are all acceptors asked. */
async function proposes(cluster: VirtualCluster, alarm: Promise<void>): Promise<boolean> {
  cluster.calls.length = 0;
  await cluster.until(alarm);
  return cluster.calls.some((call) => call.startsWith("acceptor apac"));
}

describe("a learner that compacts by itself", () => {
  for (const retention of [{ revisions: 2 }, { seconds: KEPT_SECONDS }]) {
    const kept = Object.keys(retention).join();

    test(`does not propose again and again while it is behind, ${kept}`, async () => {
      const cluster = new VirtualCluster();
      const learner = await overfull(cluster, "weur", retention);
      // By age: what was current at the first alarm is old enough at the second.
      await cluster.until(learner.alarm());
      await cluster.pass(KEPT_SECONDS * 1_000);
      expect(await proposes(cluster, learner.alarm())).toBe(true);
      expect(await proposes(cluster, learner.alarm())).toBe(false);
      await cluster.pass(RETENTION_RETRY_MS);
      expect(await proposes(cluster, learner.alarm())).toBe(true);
    });
  }

  test("waits for its turn, and leaves it when another was faster", async () => {
    const cluster = new VirtualCluster();
    const learner = await overfull(cluster, "enam", { revisions: 2 });
    const alarm = learner.alarm();
    await cluster.pass(1);
    await cluster.chosen(learner, { kind: "compact", revision: learner.machine.revision - 2 });
    expect(await proposes(cluster, alarm)).toBe(false);
  });
});
