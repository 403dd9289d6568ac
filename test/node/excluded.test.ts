import { expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import type { Learner } from "../../src/node/learner/learner.ts";
import type { Decided } from "../../src/node/rpc/call.ts";
import { ANTI_ENTROPY_MS } from "../../src/node/timing.ts";
import type { Op } from "../../src/state/command.ts";
import { entryEncode } from "../../src/state/entry.ts";
import { BUILD_LEVEL } from "../../src/state/level.ts";
import { ops } from "../state/drive.ts";
import { type NodeSql, nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const REGIONS = ["weur", "enam", "apac"] as const;
const NEWER = BUILD_LEVEL + 1;

/** Three learners; each hears of every entry by `decide`. */
function world() {
  const cluster = new VirtualCluster(REGIONS);
  const { configuration } = cluster;
  const alarms = new Map<Region, () => Promise<void>>();
  const left: Region[] = [];
  const disks = new Map<Region, NodeSql>();
  /** On the storage that the last one had; what that one does from now on is lost, as a superseded instance's work is. */
  const open = (region: Region, buildLevel = NEWER): Learner => {
    const disk = nodeSql();
    disk.restore(disks.get(region)?.image());
    disks.set(region, disk);
    const more = { machine: { buildLevel }, leave: () => left.push(region) };
    const learner = cluster.learner(region, () => {}, disk, undefined, {}, more);
    alarms.set(region, () => learner.alarm());
    return learner;
  };
  for (const region of REGIONS) cluster.acceptor(region);
  let slot = 0;
  const decide = async (learners: readonly Learner[], op: Op): Promise<Decided> => {
    slot++;
    const decided = { slot, entry: { id: `entry-${slot}`, body: entryEncode([{ id: `r${slot}`, birth: slot, op }]) } };
    for (const learner of learners) await learner.handle({ kind: "learn", configuration, decided: [decided] });
    await cluster.pass(1_000);
    return decided;
  };
  const suspended = async (learner: Learner) => {
    const answer = await cluster.until(learner.handle({ kind: "status", configuration }));
    return answer.kind === "status" && answer.isSuspended;
  };
  /** Until it agrees with a majority. */
  const back = async (learner: Learner) => {
    for (let round = 0; round < 10 && (await suspended(learner)); round++) {
      for (const ring of alarms.values()) await cluster.until(ring());
      await cluster.pass(ANTI_ENTROPY_MS);
    }
  };
  const snapshots = () => cluster.calls.filter((call) => call.endsWith(" snapshot"));
  return { cluster, open, decide, suspended, back, snapshots, left };
}

const raise = (...exclude: readonly Region[]): Op => ({ kind: "raise", level: NEWER, exclude });

test("an excluded learner that comes to the raise begins anew from another one's snapshot, once", async () => {
  const { open, decide, suspended, back, snapshots, left } = world();
  const learners = REGIONS.map((region) => open(region));
  const [first, second, excluded] = learners as [Learner, Learner, Learner];
  await decide(learners, ops.put("k", "1"));
  await decide(learners, raise("apac"));
  expect(await suspended(excluded)).toBe(true);
  expect([await suspended(first), await suspended(second)]).toEqual([false, false]);
  expect(left).toEqual(["apac"]);
  await back(excluded);
  expect(await suspended(excluded)).toBe(false);
  expect(snapshots().length).toBeGreaterThan(0);
  expect(excluded.machine.digest).toBe(first.machine.digest);
  await decide(learners, ops.put("k", "2"));
  expect(excluded.machine.digest).toBe(first.machine.digest);
  expect(left).toEqual(["apac"]);
});

test("it is out of service across a restart, until it agrees with a majority", async () => {
  const { open, decide, suspended, back } = world();
  const learners = REGIONS.map((region) => open(region));
  await decide(learners, ops.put("k", "1"));
  await decide(learners, raise("apac"));
  const again = open("apac");
  expect(await suspended(again)).toBe(true);
  await back(again);
  expect(await suspended(again)).toBe(false);
});

test("an excluded learner of an older build stops before the raise, and begins anew after its update", async () => {
  const { open, decide, suspended, back } = world();
  const newer = REGIONS.slice(0, 2).map((region) => open(region));
  const old = open("apac", BUILD_LEVEL);
  await decide([...newer, old], ops.put("k", "1"));
  const decided = await decide([...newer, old], raise("apac"));
  expect(old.machine.stopped).toMatchObject({ slot: decided.slot });
  expect(await suspended(old)).toBe(false);
  const updated = open("apac");
  await decide([...newer, updated], ops.put("k", "2"));
  await back(updated);
  expect(await suspended(updated)).toBe(false);
  expect(updated.machine.digest).toBe(newer[0]?.machine.digest);
});

test("a raise that excludes nobody, or others, changes nothing for a learner", async () => {
  const { open, decide, suspended, left } = world();
  const learners = REGIONS.map((region) => open(region));
  await decide(learners, { kind: "raise", level: BUILD_LEVEL });
  await decide(learners, { kind: "raise", level: NEWER, exclude: ["oc"] });
  for (const learner of learners) expect(await suspended(learner)).toBe(false);
  expect(left).toEqual([]);
});
