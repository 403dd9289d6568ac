import { describe, expect, test } from "vitest";
import type { Op, TxnPart } from "../../src/state/command.ts";
import { LEVEL_CONTENT } from "../../src/state/content.ts";
import { StateMachine } from "../../src/state/machine.ts";
import { type Quotas, usageBegin } from "../../src/state/quota.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor } from "../../src/state/snapshot.ts";
import { systemKey } from "../../src/state/system-space.ts";
import { Random } from "../random.ts";
import { bytes, Drive, ops } from "./drive.ts";
import { nodeSql } from "./node-sql.ts";
import { RandomOps } from "./random-op.ts";

const SEEDS = 12;
const STEPS = 150;

function raised(): Drive {
  const drive = new Drive();
  drive.run({ kind: "raise", level: LEVEL_CONTENT });
  return drive;
}

function limited(quotas: Quotas): Drive {
  const drive = raised();
  drive.run({ kind: "quota", quotas });
  return drive;
}

/** What the store holds, looked at whole. */
const recounted = ({ sql, machine }: Drive) => usageBegin(sql, machine.compactRevision);

const txn = (...success: TxnPart[]): Op => ({ kind: "txn", compare: [], success, failure: [] });

function expiry(drive: Drive, random: Random): Op | undefined {
  const held = drive.machine.leasesHeld();
  if (held.length === 0 || !random.oneIn(10)) return undefined;
  const { lease, renewals } = random.pick(held);
  return { kind: "lease-expire", lease, renewals };
}

describe("what a namespace holds", () => {
  test("is counted with each command, and comes to what a look at the whole store finds", () => {
    let shrunk = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const [random, drive] = [new Random(seed), raised()];
      const source = new RandomOps(random);
      for (let step = 0; step < STEPS; step++) {
        const before = drive.machine.held.usage;
        drive.run(expiry(drive, random) ?? source.op(drive.machine.revision));
        if (random.oneIn(3)) drive.machine.compactStep(random.integer(1, 9));
        if (random.oneIn(20)) drive.reopen();
        expect(drive.machine.held.usage, `seed ${seed}, step ${step}`).toEqual(recounted(drive));
        if (drive.machine.held.usage.historyBytes < before.historyBytes) shrunk++;
      }
    }
    expect(shrunk).toBeGreaterThan(SEEDS);
  });

  test("is counted from what is there when the level that counts comes", () => {
    const drive = new Drive();
    const source = new RandomOps(new Random(5));
    for (let step = 0; step < 60; step++) drive.run(source.op(drive.machine.revision));
    drive.run({ kind: "raise", level: LEVEL_CONTENT });
    expect(drive.machine.held.usage).toEqual(recounted(drive));
    expect(drive.machine.held.usage.keys).toBeGreaterThan(0);
  });

  test("comes with a snapshot, quotas too", () => {
    const drive = limited({ keys: 3, writesPerSecond: 7 });
    for (const key of ["a", "b", "c"]) drive.run(ops.put(key, "v"));
    const sql = nodeSql();
    const copy = new StateMachine(sql);
    const head = drive.machine.snapshotHead();
    copy.installBegin(head);
    for (let at: SnapshotCursor | null = SNAPSHOT_FIRST; at !== null; ) {
      const page = drive.machine.snapshotPage(head, at);
      if (page.kind === "stale") throw new Error("stale");
      copy.installPage(page);
      at = page.next;
    }
    copy.installFinish();
    expect([copy.held.usage, copy.held.quotas]).toEqual([drive.machine.held.usage, { keys: 3, writesPerSecond: 7 }]);
    const next = { id: "next", commands: [drive.command(ops.put("d", "v"))] };
    const both = [copy, drive.machine].map((machine) => machine.apply(drive.nextSlot, next).results[0]);
    expect(both[0]).toMatchObject({ kind: "refused", why: "quota-exceeded", quota: "keys" });
    expect(both[1]).toEqual(both[0]);
    expect(copy.digest).toBe(drive.machine.digest);
  });

  test("are no documents", () => {
    const drive = limited({ keys: 0, bytes: 0, historyBytes: 0 });
    const key = systemKey("settings/x");
    expect(drive.run({ kind: "put", key, value: bytes("{}") }).kind).toBe("put");
    expect(drive.machine.held.usage).toEqual({ keys: 0, bytes: 0, historyBytes: 0, leases: 0 });
  });
});

describe("what a namespace may hold", () => {
  test("a put that would go beyond is refused with what it counted, and the next that fits is not", () => {
    const drive = limited({ keys: 2, bytes: 10 });
    expect(drive.run(ops.put("a", "1234")).kind).toBe("put");
    expect(drive.run(ops.put("b", "12345"))).toMatchObject({
      why: "quota-exceeded",
      quota: "bytes",
      counted: 11,
      limit: 10,
    });
    expect(drive.run(ops.put("b", "1234")).kind).toBe("put");
    expect(drive.run(ops.put("c", ""))).toMatchObject({ why: "quota-exceeded", quota: "keys", counted: 3, limit: 2 });
    // The same size again, and less, take no room.
    expect(drive.run(ops.put("a", "4321")).kind).toBe("put");
    expect(drive.run(ops.put("a", "")).kind).toBe("put");
  });

  test("a transaction counts all that it puts, less the keys that it deletes", () => {
    const drive = limited({ keys: 2 });
    drive.run(txn(ops.put("a", "1"), ops.put("b", "1")));
    expect(drive.run(txn(ops.put("a", "2"), ops.put("c", "1")))).toMatchObject({ why: "quota-exceeded", counted: 3 });
    expect(drive.range("a").kvs[0]?.version).toBe(1);
    expect(drive.run(txn(ops.del("b"), ops.put("c", "1"))).kind).toBe("txn");
    const nested = txn(txn(ops.put("d", "1")) as TxnPart);
    expect(drive.run(nested)).toMatchObject({ why: "quota-exceeded", counted: 3 });
  });

  test("leases count, and one that ends makes room", () => {
    const drive = limited({ leases: 1 });
    expect(drive.run({ kind: "lease-grant", lease: "1", ttl: 9 }).kind).toBe("lease-grant");
    expect(drive.run({ kind: "lease-grant", lease: "2", ttl: 9 })).toMatchObject({
      why: "quota-exceeded",
      quota: "leases",
    });
    drive.run({ kind: "lease-revoke", lease: "1" });
    expect(drive.run({ kind: "lease-grant", lease: "2", ttl: 9 }).kind).toBe("lease-grant");
  });

  test("deletes and compaction always pass, and compaction makes room for history", () => {
    const drive = limited({ historyBytes: 6 });
    for (const value of ["1", "2", "3"]) expect(drive.run(ops.put("k", value)).kind).toBe("put");
    expect(drive.run(ops.put("k", "4"))).toMatchObject({ why: "quota-exceeded", quota: "historyBytes", counted: 8 });
    expect(drive.run(ops.del("k"))).toMatchObject({ deleted: 1 });
    expect(drive.machine.held.usage.historyBytes).toBe(7);
    drive.run({ kind: "compact", revision: drive.machine.revision });
    expect(drive.machine.held.usage.historyBytes).toBe(0);
    expect(drive.run(ops.put("k", "4")).kind).toBe("put");
  });

  test("a quota below what is held takes nothing away, and lets what shrinks pass", () => {
    const drive = raised();
    for (const key of ["a", "b", "c"]) drive.run(ops.put(key, "12"));
    drive.run({ kind: "quota", quotas: { keys: 1, bytes: 1 } });
    expect(drive.machine.held.usage.keys).toBe(3);
    expect(drive.run(ops.put("a", "1")).kind).toBe("put");
    expect(drive.run(ops.put("a", "12"))).toMatchObject({ why: "quota-exceeded" });
    drive.run({ kind: "quota", quotas: {} });
    expect(drive.run(ops.put("d", "12")).kind).toBe("put");
  });

  test("never comes about by any command, sometimes after one was refused, and a refused one changes nothing", () => {
    let [refusals, passed] = [0, 0];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const quotas = { keys: 4, bytes: 14, historyBytes: 60, leases: 1 };
      const [random, drive] = [new Random(seed), limited(quotas)];
      const source = new RandomOps(random);
      for (let step = 0; step < STEPS; step++) {
        const before = drive.machine.held.usage;
        const { revision } = drive.machine;
        const result = drive.run(source.op(revision));
        const { keys, bytes: held, leases } = drive.machine.held.usage;
        expect([keys <= quotas.keys, held <= quotas.bytes, leases <= quotas.leases]).toEqual([true, true, true]);
        if (result.kind === "refused" && result.why === "quota-exceeded") {
          refusals++;
          expect([drive.machine.held.usage, drive.machine.revision]).toEqual([before, revision]);
        } else passed++;
      }
    }
    expect(Math.min(refusals, passed)).toBeGreaterThan(SEEDS);
  });
});
