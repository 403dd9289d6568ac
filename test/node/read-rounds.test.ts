import { expect, test } from "vitest";
import { ReadRounds } from "../../src/node/read/read-rounds.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

test("readers whose round breaks off are told that there is no quorum, and the next have theirs", async () => {
  const cluster = new VirtualCluster();
  const failures: unknown[] = [];
  const background = (work: Promise<unknown>) => void work.catch((error: unknown) => failures.push(error));
  const plan = { slot: 3, provenUpTo: 3 };
  let rounds = 0;
  const reads = new ReadRounds({ ...cluster.contextIn("weur"), host: { ...cluster.host, background } }, async () => {
    if (++rounds === 1) throw new Error("a broken invariant");
    return plan;
  });
  expect(await cluster.until(reads.next())).toBeUndefined();
  expect(await cluster.until(reads.next())).toEqual(plan);
  expect(failures).toHaveLength(1);
});

test("a reader is served by a round that began after it asked", async () => {
  const cluster = new VirtualCluster();
  let begun = 0;
  const reads = new ReadRounds(cluster.contextIn("weur"), async () => {
    const slot = ++begun;
    await new Promise<void>((resolve) => cluster.host.timer(100, resolve));
    return { slot, provenUpTo: slot };
  });
  const first = reads.next();
  await cluster.pass(50);
  const [second, third] = [reads.next(), reads.next()];
  expect((await cluster.until(first))?.slot).toBe(1);
  expect((await cluster.until(second))?.slot).toBe(2);
  expect((await cluster.until(third))?.slot).toBeGreaterThanOrEqual(2);
});
