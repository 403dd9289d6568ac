import { expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import type { AcceptorRequest } from "../../src/core/message.ts";
import type { Acceptor } from "../../src/node/acceptor/acceptor.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const SLOTS = 3_000;
const DROPPED = 500;

function entry(slot: number) {
  return { id: `entry-${slot}`, body: utf8Encode(`${slot}`) };
}

function steps(cluster: VirtualCluster, acceptor: Acceptor, ...requests: AcceptorRequest[]) {
  return acceptor.handle({ kind: "steps", configuration: cluster.configuration, requests });
}

function told(cluster: VirtualCluster, acceptor: Acceptor, first: number, last: number): void {
  const chosen = Array.from({ length: last - first + 1 }, (_, index) => {
    const slot = first + index;
    return { slot, entryId: entry(slot).id, entry: entry(slot) };
  });
  steps(cluster, acceptor, { kind: "learn", chosen });
}

function position(cluster: VirtualCluster, acceptor: Acceptor) {
  const answer = steps(cluster, acceptor, { kind: "votes" });
  if (answer.kind !== "replies") throw new Error("an acceptor replies");
  return answer.replies[0]?.position;
}

test("an acceptor that was away for long reads the log in pages, and passes over what was dropped", async () => {
  const cluster = new VirtualCluster();
  const behind = cluster.acceptor("weur");
  const well = [cluster.acceptor("enam"), cluster.acceptor("apac")];
  for (const acceptor of well) {
    told(cluster, acceptor, 1, SLOTS);
    steps(cluster, acceptor, { kind: "prefix", upTo: DROPPED });
  }
  // Its home learner has lost its memory, and nobody writes any more.
  cluster.put("learner", "weur", () => ({ kind: "recalled", decided: [], appliedUpTo: SLOTS }));
  told(cluster, behind, SLOTS, SLOTS);
  await cluster.pass(2_000);
  cluster.calls.length = 0;

  await cluster.until(behind.alarm());

  expect(position(cluster, behind)).toMatchObject({ chosenUpTo: SLOTS, firstSlot: DROPPED + 1 });
  expect(cluster.calls.length).toBeLessThan(SLOTS / 100);
});

test("an acceptor that was away takes page after page from its home learner", async () => {
  const cluster = new VirtualCluster();
  const behind = cluster.acceptor("weur");
  cluster.put("learner", "weur", ({ from, to }: { from: number; to: number }) => ({
    kind: "recalled",
    decided: Array.from({ length: Math.min(256, to - from + 1) }, (_, index) => ({
      slot: from + index,
      entry: entry(from + index),
    })),
    appliedUpTo: SLOTS,
  }));
  told(cluster, behind, SLOTS, SLOTS);
  await cluster.pass(2_000);

  await cluster.until(behind.alarm());

  expect(position(cluster, behind)).toMatchObject({ chosenUpTo: SLOTS });
  expect(cluster.calls.length).toBeLessThan(SLOTS / 100);
});
