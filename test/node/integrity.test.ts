import { describe, expect, test } from "vitest";
import { digestVerdict } from "../../src/node/learner/digest-verdict.ts";
import type { Learner } from "../../src/node/learner/learner.ts";
import { ANTI_ENTROPY_MS } from "../../src/node/timing.ts";
import { ROOT } from "../../src/policy/caller.ts";
import { ops } from "../state/drive.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const REGIONS = ["weur", "enam", "apac"] as const;

/** Three learners and their acceptors. A key's version is changed on the disk of those that are `spoilt`. */
async function cluster(...spoilt: readonly number[]) {
  const cluster = new VirtualCluster(REGIONS);
  const left: number[] = [];
  for (const region of REGIONS) cluster.acceptor(region);
  const disks = REGIONS.map(() => nodeSql());
  const alarms: (() => Promise<void>)[] = [];
  const open = (index: number): Learner => {
    const region = REGIONS[index] ?? "weur";
    const learner = cluster.learner(region, () => {}, disks[index], undefined, {}, { leave: () => left.push(index) });
    alarms[index] = () => learner.alarm();
    return learner;
  };
  let learners = REGIONS.map((_, index) => open(index));
  for (const learner of learners) await cluster.chosen(learner, ops.put("k", "1"));
  await cluster.pass(1_000);
  for (const [turn, index] of spoilt.entries())
    disks[index]?.exec("UPDATE history SET version = version + ?", 1 + turn);
  learners = REGIONS.map((_, index) => open(index));
  const write = async (value: string) => {
    const [first] = learners;
    if (first !== undefined) await cluster.chosen(first, ops.put("k", value));
    await cluster.pass(1_000);
  };
  const alarm = async () => {
    for (const ring of alarms) await cluster.until(ring());
    await cluster.pass(ANTI_ENTROPY_MS);
  };
  const status = (index: number) => {
    const learner = learners[index];
    if (learner === undefined) throw new Error("there is no such learner");
    return cluster.until(learner.handle({ kind: "status", configuration: cluster.configuration }));
  };
  const value = async (index: number) => {
    const query = { kind: "range", key: new TextEncoder().encode("k") } as const;
    const learner = learners[index];
    return cluster.until(
      learner?.handle({ kind: "query", caller: ROOT, configuration: cluster.configuration, query, waitMs: 0 }) ??
        Promise.reject(new Error("there is no such learner")),
    );
  };
  return { write, alarm, status, value, left, reopen: () => void (learners = REGIONS.map((_, index) => open(index))) };
}

test("learners that hold the same state raise no alarm", async () => {
  const { write, status, left } = await cluster();
  await write("2");
  for (const index of [0, 1, 2]) expect(await status(index)).toMatchObject({ isSuspended: false, alarms: [] });
  expect(left).toEqual([]);
});

test("a learner that differs from a majority goes out of service, durably, and sends its watchers away", async () => {
  const { write, status, value, left, reopen } = await cluster(2);
  await write("2");
  expect(await status(2)).toMatchObject({ isSuspended: true });
  expect(await status(0)).toMatchObject({ isSuspended: false, alarms: [{ kind: "digest" }] });
  expect(await value(2)).toEqual({ kind: "suspended" });
  expect(await value(0)).toMatchObject({ kind: "answer" });
  expect(left).toEqual([2]);
  reopen();
  expect(await status(2)).toMatchObject({ isSuspended: true });
});

test("it begins its state anew, and comes back once it agrees with a majority", async () => {
  const { write, alarm, status, value } = await cluster(2);
  await write("2");
  for (let turn = 0; turn < 3; turn++) await alarm();
  const [own, other] = [await status(2), await status(0)];
  expect(own).toMatchObject({ isSuspended: false, appliedUpTo: 2 });
  expect(own.kind === "status" && own.digest).toBe(other.kind === "status" && other.digest);
  expect(await value(2)).toMatchObject({ kind: "answer", result: { kvs: [{ version: 2 }] } });
});

test("where no majority agrees all raise an alarm, and none stops", async () => {
  const { write, alarm, status } = await cluster(1, 2);
  await write("2");
  await alarm();
  for (const index of [0, 1, 2]) {
    expect(await status(index)).toMatchObject({
      isSuspended: false,
      alarms: expect.arrayContaining([expect.objectContaining({ kind: "digest" })]),
    });
  }
});

describe("a verdict", () => {
  const digests = (...pairs: readonly (readonly [number, string])[]) => new Map(pairs);

  test("counts at the newest slot that a majority has", () => {
    const own = digests([1, "a"], [2, "x"], [3, "y"]);
    expect(digestVerdict(3, own, [digests([1, "a"], [2, "b"]), digests([2, "b"])])).toEqual({
      kind: "differs",
      slot: 2,
    });
    expect(digestVerdict(3, own, [digests([1, "a"])])).toEqual({ kind: "agrees", slot: 1 });
  });

  test("needs a majority of all members, not of those that answered", () => {
    expect(digestVerdict(5, digests([1, "a"]), [digests([1, "b"]), digests([1, "b"])])).toEqual({ kind: "unclear" });
    expect(digestVerdict(3, digests([1, "a"]), [])).toEqual({ kind: "unclear" });
  });
});
