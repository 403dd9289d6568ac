import { describe, expect, test } from "vitest";
import { BALLOT_ZERO } from "../../src/core/ballot.ts";
import { CLOSED } from "../../src/core/log.ts";
import type { Region } from "../../src/network/region.ts";
import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import type { LeaderAnswer, LeaderCall, LearnerAnswer, LearnerCall } from "../../src/node/rpc/call.ts";
import { entryDecode } from "../../src/state/entry.ts";
import { EXACTLY_ONCE_SLOTS } from "../../src/state/limits.ts";
import { metaLoad, metaSave } from "../../src/state/meta.ts";
import { refused } from "../../src/state/refuse.ts";
import { schemaCreate } from "../../src/state/schema.ts";
import { ops } from "../state/drive.ts";
import { nodeSql } from "../state/node-sql.ts";
import { Town } from "./town.ts";

const FAR = EXACTLY_ONCE_SLOTS + 1_000;
const RESULT = { kind: "put", revision: 2, version: 1 } as const;

function memoryIn(town: Town, region: Region): Memory {
  return new Memory(town.host, region);
}

function write(town: Town, region: Region, memory: Memory) {
  const coordinator = new RequestCoordinator(town.host, town.partsIn(region), town.configuration, memory);
  return town.until(coordinator.write({ op: ops.put("k", "v") }));
}

/** Acceptors whose logs begin after `upTo`. */
function acceptorsAt(town: Town, upTo: number, members: readonly Region[] = town.configuration.members): void {
  for (const region of members) {
    const acceptor = town.acceptor(region);
    const requests = [{ kind: "prefix", upTo }] as const;
    acceptor.handle({ kind: "steps", configuration: town.configuration, requests });
  }
}

/** Learners that know where the log ends, or not. Returns the births of the commands they were told of. */
function learnersAt(town: Town, appliedUpTo: number, hints = true): number[] {
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
        placement: town.configuration.members,
      };
    }
    if (call.kind !== "settle") return { kind: "silent" };
    for (const { entry } of call.decided) births.push(...entryDecode(entry.body).commands.map(({ birth }) => birth));
    return { kind: "settled", results: [RESULT], appliedUpTo: call.slot };
  };
  for (const region of town.configuration.members) town.put("learner", region, handle);
  return births;
}

describe("a command's birth is near the end of the log", () => {
  test("also when the process that handles it heard of the log long ago", async () => {
    const town = new Town();
    acceptorsAt(town, FAR);
    const births = learnersAt(town, FAR);
    const memory = memoryIn(town, "sam");
    const heardAt = town.host.now() - 3_600_000;
    memory.hints.set("town", { ballot: BALLOT_ZERO, openFrom: 1, appliedUpTo: 0, nextSlot: 1, heardAt });

    expect(await write(town, "sam", memory)).toMatchObject({ kind: "applied", path: "fast" });
    expect(births).toEqual([FAR + 1]);
  });

  test("also when no learner can say where that is", async () => {
    const town = new Town();
    acceptorsAt(town, FAR);
    const births = learnersAt(town, FAR, false);

    expect(await write(town, "weur", memoryIn(town, "weur"))).toMatchObject({ kind: "applied" });
    expect(births).toEqual([FAR + 1]);
  });

  test("also when the learner that says where that is was away for long", async () => {
    const town = new Town();
    acceptorsAt(town, FAR);
    town.learner("weur");
    for (const region of ["enam", "apac"] as const) {
      const sql = nodeSql();
      schemaCreate(sql);
      metaSave(sql, { ...metaLoad(sql), applied: FAR });
      const learner = town.learner(region, () => {}, sql);
      // What it misses is much, and long in coming.
      town.put("learner", region, (call: LearnerCall) =>
        call.kind === "snapshot" ? new Promise(() => {}) : learner.handle(call),
      );
    }
    const began = town.host.now();
    const outcome = await write(town, "weur", memoryIn(town, "weur"));
    expect(outcome).toMatchObject({ kind: "applied", path: "fast", result: { kind: "put", revision: 2 } });
    // Nobody waits for that learner to catch up: a few rounds, and the way to another one.
    expect(town.host.now() - began).toBeLessThan(1_000);
  });

  test("also when it is a leader that knows", async () => {
    const town = new Town();
    acceptorsAt(town, FAR);
    const closed = { ballot: { n: 1, proposer: "leader" }, openFrom: CLOSED, leader: "enam" } as const;
    const stale = { ...closed, appliedUpTo: 0, nextSlot: 1, revision: 1, placement: ["enam"] } as const;
    for (const region of town.configuration.members) town.put("learner", region, () => ({ kind: "hint", ...stale }));
    const births: number[] = [];
    town.put("leader", "enam", ({ commands }: LeaderCall): LeaderAnswer => {
      births.push(...commands.map(({ birth }) => birth));
      const results = births.length === 1 ? [refused("expired", 1)] : [RESULT];
      return { kind: "submitted", results, slot: FAR + births.length, hint: closed };
    });
    expect(await write(town, "weur", memoryIn(town, "weur"))).toMatchObject({ kind: "applied", result: RESULT });
    expect(births).toEqual([1, FAR + 2]);
  });
});

test("a writer who is too far ahead of an acceptor turns to the leader, and leaves no more votes behind", async () => {
  const town = new Town();
  acceptorsAt(town, FAR, ["weur", "enam"]);
  acceptorsAt(town, 0, ["apac"]);
  learnersAt(town, FAR);
  const hint = { ballot: BALLOT_ZERO, openFrom: 1 };
  const lead = () => ({ kind: "submitted", results: [RESULT], slot: FAR + 2, hint });
  for (const region of town.configuration.members) town.put("leader", region, lead);

  expect(await write(town, "weur", memoryIn(town, "weur"))).toMatchObject({ kind: "applied", path: "leader" });
  expect(town.calls.filter((call) => call === "acceptor enam steps")).toHaveLength(1);
});

test("a writer whose leader is busy asks it again, and no other, which would take the log from it", async () => {
  const town = new Town();
  acceptorsAt(town, 0);
  const closed = { ballot: { n: 1, proposer: "leader" }, openFrom: CLOSED, leader: "enam" } as const;
  const hint: LearnerAnswer = {
    kind: "hint",
    ...closed,
    appliedUpTo: 0,
    nextSlot: 1,
    revision: 1,
    placement: ["enam"],
  };
  for (const region of town.configuration.members) town.put("learner", region, () => hint);
  let asked = 0;
  const submitted: LeaderAnswer = { kind: "submitted", results: [RESULT], slot: 7, hint: closed };
  town.put("leader", "enam", (): LeaderAnswer => (++asked < 3 ? { kind: "busy" } : submitted));

  expect(await write(town, "weur", memoryIn(town, "weur"))).toMatchObject({ kind: "applied", path: "leader" });
  expect(town.calls.filter((call) => call.startsWith("leader"))).toEqual(Array(3).fill("leader enam submit"));
});
