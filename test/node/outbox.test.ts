import { expect, test } from "vitest";
import { Outbox } from "../../src/node/learner/outbox.ts";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

test("what waits for a receiver that is slow is bounded in bytes; the newest stay", async () => {
  const cluster = new VirtualCluster();
  const body = new Uint8Array(1024 * 1024);
  const sent: number[] = [];
  const outbox = new Outbox(cluster.contextIn("weur"), async (batch) => {
    sent.push(...batch.map(({ slot }) => slot));
    await new Promise<void>((resolve) => cluster.host.timer(100, resolve));
    return true;
  });
  for (let slot = 1; slot <= 100; slot++) outbox.add([{ slot, entry: { id: `${slot}`, body } }]);
  await cluster.pass(10_000);

  expect(sent).toHaveLength(1 + NODE_LIMITS.pendingBytesMax / body.byteLength);
  expect(sent.at(-1)).toBe(100);
});
