import { expect, test } from "vitest";
import { ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

/** The alarms of a learner that is told, by another at the same slot, which digest that one has. */
async function alarmsWhenTold(digestOf: (own: string) => string) {
  const cluster = new VirtualCluster();
  const { configuration } = cluster;
  const learner = cluster.learner("weur");
  await cluster.chosen(learner, ops.put("k", "v"));
  const digest = digestOf(learner.machine.digest);
  const teller = { region: "enam", appliedUpTo: learner.appliedUpTo, digest, heldUpTo: 0 } as const;
  const told = await cluster.until(learner.handle({ kind: "learn", configuration, decided: [], teller }));
  expect(told).toMatchObject({ kind: "learned", appliedUpTo: 1 });
  const status = await cluster.until(learner.handle({ kind: "status", configuration }));
  if (status.kind !== "status") throw new Error(status.kind);
  return status.alarms.map(({ kind, detail }) => `${kind}: ${detail}`);
}

test("learners at the same slot with the same digest agree", async () => {
  expect(await alarmsWhenTold((own) => own)).toEqual([]);
});

test("learners at the same slot with different digests raise an alarm, and the message is answered", async () => {
  const flipped = await alarmsWhenTold((own) => own.replace(/^./, (char) => (char === "0" ? "1" : "0")));
  expect(flipped).toEqual(["digest: 14: equal digests at equal slots, but enam differs from this learner"]);
});
