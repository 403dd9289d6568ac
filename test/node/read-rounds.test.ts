import { expect, test } from "vitest";
import { ReadRounds } from "../../src/node/read/read-rounds.ts";
import { Town } from "./town.ts";

test("readers whose round breaks off are told that there is no quorum, and the next have theirs", async () => {
  const town = new Town();
  const failures: unknown[] = [];
  const background = (work: Promise<unknown>) => void work.catch((error: unknown) => failures.push(error));
  const plan = { slot: 3, provenUpTo: 3 };
  let rounds = 0;
  const reads = new ReadRounds({ ...town.contextIn("weur"), host: { ...town.host, background } }, async () => {
    if (++rounds === 1) throw new Error("a broken invariant");
    return plan;
  });
  expect(await town.until(reads.next())).toBeUndefined();
  expect(await town.until(reads.next())).toEqual(plan);
  expect(failures).toHaveLength(1);
});

test("a reader is served by a round that began after it asked", async () => {
  const town = new Town();
  let begun = 0;
  const reads = new ReadRounds(town.contextIn("weur"), async () => {
    const slot = ++begun;
    await new Promise<void>((resolve) => town.host.timer(100, resolve));
    return { slot, provenUpTo: slot };
  });
  const first = reads.next();
  await town.pass(50);
  const [second, third] = [reads.next(), reads.next()];
  expect((await town.until(first))?.slot).toBe(1);
  expect((await town.until(second))?.slot).toBe(2);
  expect((await town.until(third))?.slot).toBeGreaterThanOrEqual(2);
});
