import { expect, test } from "vitest";
import { Outbox } from "../../src/node/learner/outbox.ts";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import { Town } from "./town.ts";

test("what waits for a receiver that is slow is bounded in bytes; the newest stay", async () => {
  const town = new Town();
  const body = new Uint8Array(1024 * 1024);
  const sent: number[] = [];
  const outbox = new Outbox(town.contextIn("weur"), async (batch) => {
    sent.push(...batch.map(({ slot }) => slot));
    await new Promise<void>((resolve) => town.host.timer(100, resolve));
    return true;
  });
  for (let slot = 1; slot <= 100; slot++) outbox.add([{ slot, entry: { id: `${slot}`, body } }]);
  await town.pass(10_000);

  expect(sent).toHaveLength(1 + NODE_LIMITS.pendingBytesMax / body.byteLength);
  expect(sent.at(-1)).toBe(100);
});
