import { describe, expect, test } from "vitest";
import { BALLOT_ZERO } from "../../src/core/ballot.ts";
import { CLOSED } from "../../src/core/log.ts";
import type { Region } from "../../src/network/region.ts";
import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import type { LearnerAnswer, LearnerCall } from "../../src/node/rpc/call.ts";
import type { LeaderAnswer, LeaderCall } from "../../src/node/rpc/leader-call.ts";
import { entryDecode } from "../../src/state/entry.ts";
import { EXACTLY_ONCE_SLOTS } from "../../src/state/limits.ts";
import { metaLoad, metaSave } from "../../src/state/meta.ts";
import { refused } from "../../src/state/refuse.ts";
import { schemaCreate } from "../../src/state/schema.ts";
import { ops } from "../state/drive.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const FAR = EXACTLY_ONCE_SLOTS + 1_000;
const RESULT = { kind: "put", revision: 2, version: 1 } as const;

function memoryIn(cluster: VirtualCluster, region: Region): Memory {
  return new Memory(cluster.host, region);
}

function write(cluster: VirtualCluster, region: Region, memory: Memory) {
  const coordinator = new RequestCoordinator(cluster.host, cluster.partsIn(region), cluster.configuration, memory);
  return cluster.until(coordinator.write({ op: ops.put("k", "v") }));
}

/** Acceptors whose logs begin after `upTo`. */
function acceptorsAt(
  cluster: VirtualCluster,
  upTo: number,
  members: readonly Region[] = cluster.configuration.members,
): void {
  for (const region of members) {
    const acceptor = cluster.acceptor(region);
    const requests = [{ kind: "prefix", upTo }] as const;
    acceptor.handle({ kind: "steps", configuration: cluster.configuration, requests });
  }
}

/** Learners that know where the log ends, or not. Returns the births of the commands they were told of. */
function learnersAt(cluster: VirtualCluster, appliedUpTo: number, hints = true): number[] {
  const births: number[] = [];
  const handle = (call: LearnerCall): LearnerAnswer => {
    if (call.kind === "hint" && hints) {
      return {
        kind: "hint",
        ballot: BALLOT_ZERO,
        openFrom: 1,
        appliedUpTo,
        nextSlot: appliedUpTo + 1,
        revision: 1,
        placement: cluster.configuration.members,
      };
    }
    if (call.kind !== "settle") return { kind: "silent" };
    for (const { entry } of call.decided) births.push(...entryDecode(entry.body).commands.map(({ birth }) => birth));
    return { kind: "settled", results: [RESULT], appliedUpTo: call.slot };
  };
  for (const region of cluster.configuration.members) cluster.put("learner", region, handle);
  return births;
}

describe("a command's birth is near the end of the log", () => {
  test("also when the process that handles it heard of the log long ago", async () => {
    const cluster = new VirtualCluster();
    acceptorsAt(cluster, FAR);
    const births = learnersAt(cluster, FAR);
    const memory = memoryIn(cluster, "sam");
    const heardAt = cluster.host.now() - 3_600_000;
    memory.hints.set("cluster", { ballot: BALLOT_ZERO, openFrom: 1, appliedUpTo: 0, nextSlot: 1, heardAt });

    expect(await write(cluster, "sam", memory)).toMatchObject({ kind: "applied", path: "fast" });
    expect(births).toEqual([FAR + 1]);
  });

  test("also when no learner can say where that is", async () => {
    const cluster = new VirtualCluster();
    acceptorsAt(cluster, FAR);
    const births = learnersAt(cluster, FAR, false);

    expect(await write(cluster, "weur", memoryIn(cluster, "weur"))).toMatchObject({ kind: "applied" });
    expect(births).toEqual([FAR + 1]);
  });

  test("also when the learner that says where that is was away for long", async () => {
    const cluster = new VirtualCluster();
    acceptorsAt(cluster, FAR);
    cluster.learner("weur");
    for (const region of ["enam", "apac"] as const) {
      const sql = nodeSql();
      schemaCreate(sql);
      metaSave(sql, { ...metaLoad(sql), applied: FAR });
      const learner = cluster.learner(region, () => {}, sql);
      // What it misses is much, and long in coming.
      cluster.put("learner", region, (call: LearnerCall) =>
        call.kind === "snapshot" ? new Promise(() => {}) : learner.handle(call),
      );
    }
    const began = cluster.host.now();
    const outcome = await write(cluster, "weur", memoryIn(cluster, "weur"));
    expect(outcome).toMatchObject({ kind: "applied", path: "fast", result: { kind: "put", revision: 2 } });
    // Nobody waits for that learner to catch up: a few rounds, and the way to another one.
    expect(cluster.host.now() - began).toBeLessThan(1_000);
  });

  test("also when it is a leader that knows", async () => {
    const cluster = new VirtualCluster();
    acceptorsAt(cluster, FAR);
    const closed = { ballot: { n: 1, proposer: "leader" }, openFrom: CLOSED, leader: "enam" } as const;
    const stale = { ...closed, appliedUpTo: 0, nextSlot: 1, revision: 1, placement: ["enam"] } as const;
    for (const region of cluster.configuration.members)
      cluster.put("learner", region, () => ({ kind: "hint", ...stale }));
    const births: number[] = [];
    cluster.put("leader", "enam", ({ commands }: LeaderCall): LeaderAnswer => {
      births.push(...commands.map(({ birth }) => birth));
      const results = births.length === 1 ? [refused("expired", 1)] : [RESULT];
      return { kind: "submitted", results, slot: FAR + births.length, hint: closed };
    });
    expect(await write(cluster, "weur", memoryIn(cluster, "weur"))).toMatchObject({ kind: "applied", result: RESULT });
    expect(births).toEqual([1, FAR + 2]);
  });
});

test("a writer who is too far ahead of an acceptor turns to the leader, and leaves no more votes behind", async () => {
  const cluster = new VirtualCluster();
  acceptorsAt(cluster, FAR, ["weur", "enam"]);
  acceptorsAt(cluster, 0, ["apac"]);
  learnersAt(cluster, FAR);
  const hint = { ballot: BALLOT_ZERO, openFrom: 1 };
  const lead = () => ({ kind: "submitted", results: [RESULT], slot: FAR + 2, hint });
  for (const region of cluster.configuration.members) cluster.put("leader", region, lead);

  expect(await write(cluster, "weur", memoryIn(cluster, "weur"))).toMatchObject({ kind: "applied", path: "leader" });
  expect(cluster.calls.filter((call) => call === "acceptor enam steps")).toHaveLength(1);
});

test("a writer whose leader is busy asks it again, and no other, which would take the log from it", async () => {
  const cluster = new VirtualCluster();
  acceptorsAt(cluster, 0);
  const closed = { ballot: { n: 1, proposer: "leader" }, openFrom: CLOSED, leader: "enam" } as const;
  const hint: LearnerAnswer = {
    kind: "hint",
    ...closed,
    appliedUpTo: 0,
    nextSlot: 1,
    revision: 1,
    placement: ["enam"],
  };
  for (const region of cluster.configuration.members) cluster.put("learner", region, () => hint);
  let asked = 0;
  const submitted: LeaderAnswer = { kind: "submitted", results: [RESULT], slot: 7, hint: closed };
  cluster.put("leader", "enam", (): LeaderAnswer => (++asked < 3 ? { kind: "busy" } : submitted));

  expect(await write(cluster, "weur", memoryIn(cluster, "weur"))).toMatchObject({ kind: "applied", path: "leader" });
  expect(cluster.calls.filter((call) => call.startsWith("leader"))).toEqual(Array(3).fill("leader enam submit"));
});
