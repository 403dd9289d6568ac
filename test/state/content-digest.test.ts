import { describe, expect, test } from "vitest";
import type { Command, Op } from "../../src/state/command.ts";
import {
  CONTENT_EMPTY,
  ContentSum,
  keyRecord,
  LEVEL_CONTENT,
  leaseRecord,
  proposalRecord,
} from "../../src/state/content.ts";
import { StateMachine } from "../../src/state/machine.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor } from "../../src/state/snapshot.ts";
import { Random } from "../random.ts";
import { bytes, Drive, ops } from "./drive.ts";
import { nodeSql } from "./node-sql.ts";
import { RandomOps } from "./random-op.ts";

const SEEDS = 10;
const STEPS = 120;

function raised(): Drive {
  const drive = new Drive();
  drive.run({ kind: "raise", level: LEVEL_CONTENT });
  return drive;
}

/** The content digest of all that a learner holds, from the beginning. */
function recomputed({ machine, sql }: Pick<Drive, "machine" | "sql">): string {
  const sum = new ContentSum(CONTENT_EMPTY);
  const all = machine.query(ops.range("\0", "\0"));
  if (all.kind !== "range") throw new Error(all.kind);
  for (const kv of all.kvs) sum.add(keyRecord(kv));
  for (const { lease, ttl } of machine.leasesHeld()) sum.add(leaseRecord(lease, ttl));
  const proposals = sql.exec<{ key: Uint8Array; value: Uint8Array; type: string | null }>("SELECT * FROM proposal");
  for (const { key, value, type } of proposals) sum.add(proposalRecord(key, value, type ?? undefined));
  return Buffer.from(sum.digest).toString("hex");
}

function expire(drive: Drive, random: Random): Op | undefined {
  const held = drive.machine.leasesHeld();
  if (held.length === 0) return undefined;
  const { lease, renewals } = random.pick(held);
  return { kind: "lease-expire", lease, renewals };
}

function copyOf(from: StateMachine): Pick<Drive, "machine" | "sql"> {
  const sql = nodeSql();
  const machine = new StateMachine(sql);
  const head = from.snapshotHead();
  machine.installBegin(head);
  for (let at: SnapshotCursor | null = SNAPSHOT_FIRST; at !== null; ) {
    const page = from.snapshotPage(head, at);
    if (page.kind === "stale") throw new Error("stale");
    machine.installPage(page);
    at = page.next;
  }
  machine.installFinish();
  return { machine, sql };
}

describe.each(Array.from({ length: SEEDS }, (_, seed) => seed))("the content digest, seed %i", (seed) => {
  test("is that of what is held, after every entry, compaction and snapshot", () => {
    const random = new Random(seed);
    const source = new RandomOps(random);
    const drive = raised();
    for (let step = 0; step < STEPS; step++) {
      const op = (random.oneIn(8) ? expire(drive, random) : undefined) ?? source.op(drive.machine.revision);
      // A machine that remembers nothing has the records from SQL.
      if (random.oneIn(4)) drive.reopen();
      drive.run(op);
      expect({ step, op, content: drive.machine.content }).toEqual({ step, op, content: recomputed(drive) });
    }
    const copy = copyOf(drive.machine);
    expect(copy.machine.content).toBe(drive.machine.content);
    expect(recomputed(copy)).toBe(drive.machine.content);
    while (drive.machine.compactStep());
    expect(recomputed(drive)).toBe(drive.machine.content);
  });
});

test("two learners that hold the same have the same, though one has more entries behind it", () => {
  const [short, long] = [raised(), raised()];
  for (let noop = 0; noop < 3; noop++) long.entry();
  for (const drive of [short, long]) {
    drive.run({ kind: "lease-grant", lease: "7", ttl: 10 });
    drive.run(ops.put("k", "v", { lease: "7" }));
    drive.run({ kind: "propose", key: bytes("p"), value: bytes("v") });
  }
  expect(long.machine.appliedUpTo).not.toBe(short.machine.appliedUpTo);
  expect(long.machine.content).toBe(short.machine.content);
  expect(long.machine.digest).not.toBe(short.machine.digest);
});

test("two learners that applied another value differ from then on, in both digests", () => {
  const [one, other] = [raised(), raised()];
  one.run(ops.put("k", "v"));
  other.run(ops.put("k", "w"));
  expect(one.machine.content).not.toBe(other.machine.content);
  expect(one.machine.digest).not.toBe(other.machine.digest);
  for (const drive of [one, other]) drive.run(ops.put("k", "x"));
  expect(one.machine.digest).not.toBe(other.machine.digest);
});

test("an entry whose body is another makes another digest", () => {
  const digests = ["a", "b"].map((body) => {
    const drive = raised();
    drive.machine.apply(2, { id: "entry-2", commands: [], body: bytes(body) });
    return drive.machine.digest;
  });
  expect(digests[0]).not.toBe(digests[1]);
});

test("what was there before the level is in it from its next version on; leases are at once", () => {
  const drive = new Drive();
  drive.run({ kind: "lease-grant", lease: "7", ttl: 10 });
  drive.run(ops.put("old", "1"));
  const raise: Command = drive.command({ kind: "raise", level: LEVEL_CONTENT });
  drive.entry(raise, drive.command(ops.put("beside", "1")));
  const lease = new ContentSum(CONTENT_EMPTY);
  lease.add(leaseRecord("7", 10));
  const leaseOnly = Buffer.from(lease.digest).toString("hex");
  expect(drive.machine.content).toBe(leaseOnly);
  drive.run(ops.put("old", "2"));
  drive.run(ops.put("beside", "2"));
  expect(drive.machine.content).toBe(recomputed(drive));
  drive.run(ops.del("beside"));
  drive.run({ kind: "lease-revoke", lease: "7" });
  expect(drive.machine.content).toBe(recomputed(drive));
});
