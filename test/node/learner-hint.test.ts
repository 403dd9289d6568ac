import { expect, test } from "vitest";
import { CLOSED } from "../../src/core/log.ts";
import type { Learner } from "../../src/node/learner/learner.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

/** Many more than the slots that may be handed out ahead of what is chosen. */
const WRITERS = 4_000;

/** The slot that the last of so many writers in a row is handed, none of whom gets anything chosen. */
async function lastSlot(cluster: VirtualCluster, learner: Learner): Promise<number> {
  let slot = 0;
  for (let writer = 0; writer < WRITERS; writer++) {
    const answer = await cluster.until(
      learner.handle({ kind: "hint", configuration: cluster.configuration, reserve: true }),
    );
    if (answer.kind !== "hint") throw new Error("a learner hints");
    slot = answer.nextSlot;
  }
  return slot;
}

test("writers who fail for long are not handed slots so far ahead that their commands would have expired", async () => {
  const cluster = new VirtualCluster();
  expect(await lastSlot(cluster, cluster.learner("weur"))).toBeLessThan(1_000);
});

test("while a leader has the log to itself, its writers are handed no slots of their own", async () => {
  const cluster = new VirtualCluster();
  const learner = cluster.learner("weur");
  const hint = { ballot: { n: 1, proposer: "leader" }, openFrom: CLOSED, leader: "enam" };
  await cluster.until(learner.handle({ kind: "learn", configuration: cluster.configuration, decided: [], hint }));
  expect(await lastSlot(cluster, learner)).toBe(1);
});

test("writers of one region get slots of their own, for a moment", async () => {
  const cluster = new VirtualCluster();
  const learner = cluster.learner("weur");
  const slots: number[] = [];
  for (let writer = 0; writer < 3; writer++) {
    const answer = await cluster.until(
      learner.handle({ kind: "hint", configuration: cluster.configuration, reserve: true }),
    );
    if (answer.kind === "hint") slots.push(answer.nextSlot);
  }
  await cluster.pass(1_000);
  const later = await cluster.until(
    learner.handle({ kind: "hint", configuration: cluster.configuration, reserve: true }),
  );
  expect(slots).toEqual([1, 2, 3]);
  expect(later).toMatchObject({ nextSlot: 1 });
});
