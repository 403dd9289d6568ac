import { expect, test } from "vitest";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import { ACCEPTOR_GATHER_MS } from "../../src/node/timing.ts";
import { ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const MIB = 1024 * 1024;

/** One region alone, and what its acceptor's log holds. */
function alone() {
  const cluster = new VirtualCluster(["weur"]);
  const acceptor = cluster.acceptor("weur");
  const learner = cluster.learner("weur");
  const { configuration } = cluster;
  const log = () => {
    const answer = acceptor.handle({ kind: "log", configuration, from: 1 });
    if (answer.kind !== "log") throw new Error(answer.kind);
    return { slots: answer.chosenUpTo - answer.firstSlot + 1, upTo: answer.chosenUpTo };
  };
  return { cluster, learner, log };
}

test("an acceptor keeps so many slots of small entries", async () => {
  const { cluster, learner, log } = alone();
  const count = NODE_LIMITS.logRetainedSlots + 3 * NODE_LIMITS.logDropSlots;
  for (let slot = 0; slot < count; slot += 128) {
    await cluster.chosen(learner, ...Array.from({ length: 128 }, () => ops.put("k", "v")));
    await cluster.pass(2 * ACCEPTOR_GATHER_MS);
  }
  expect(log().upTo).toBe(count);
  expect(log().slots).toBeGreaterThanOrEqual(NODE_LIMITS.logRetainedSlots);
  expect(log().slots).toBeLessThanOrEqual(NODE_LIMITS.logRetainedSlots + NODE_LIMITS.logDropSlots);
});

test("of large entries it keeps so many bytes", async () => {
  const { cluster, learner, log } = alone();
  const value = "v".repeat(MIB - 1024);
  for (let slot = 0; slot < 80; slot++) {
    await cluster.chosen(learner, ops.put("k", value));
    await cluster.pass(2 * ACCEPTOR_GATHER_MS);
  }
  const fit = NODE_LIMITS.recentBytesMax / MIB;
  expect(log().upTo).toBe(80);
  expect(log().slots).toBeGreaterThanOrEqual(fit);
  expect(log().slots).toBeLessThanOrEqual(fit + NODE_LIMITS.logDropSlotsLarge + 1);
});
