import { describe, expect, test } from "vitest";
import type { Command, Op, Result } from "../../src/state/command.ts";
import type { CostLimits } from "../../src/state/cost.ts";
import { STATE_LIMITS } from "../../src/state/limits.ts";
import { StateMachine } from "../../src/state/machine.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor } from "../../src/state/snapshot.ts";
import { Random } from "../random.ts";
import { bytes, Drive, ops, why } from "./drive.ts";
import { nodeSql } from "./node-sql.ts";
import { RandomOps } from "./random-op.ts";

const costs: CostLimits = { commandMax: 100, entryMax: 200 };

function driveWith(keys: number, limits: CostLimits = costs): Drive {
  const drive = new Drive(nodeSql(), { costs: limits });
  for (let key = 0; key < keys; key++) drive.run(ops.put(`k${key}`, "v"));
  return drive;
}

/** A transaction that compares all values with one that none has, so often. */
function counting(times: number, more: Partial<Extract<Op, { kind: "txn" }>> = {}): Extract<Op, { kind: "txn" }> {
  const one = { key: bytes("k"), end: bytes("l"), result: "not-equal", target: { kind: "value", value: bytes("z") } };
  const compare = Array.from({ length: times }, () => one as Extract<Op, { kind: "txn" }>["compare"][number]);
  return { kind: "txn", compare, success: [], failure: [], ...more };
}

/** Refused only while it runs: an open-ended delete, which etcd does not see to meet a put, takes what the put wants. */
const WITHDRAWN: Op = {
  kind: "txn",
  compare: [],
  success: [ops.del("z", "\0"), { ...ops.put("zz", ""), ignoreValue: true }],
  failure: [],
};

function kinds(results: readonly Result[]): readonly string[] {
  return results.map((result) => (result.kind === "refused" ? result.why : result.kind));
}

describe("a command that costs too much", () => {
  test("is refused, and says what was counted and how much it could cost; others of its entry are served", () => {
    const drive = driveWith(40);
    const before = drive.machine.revision;
    const { results } = drive.entry(
      drive.command(ops.put("a", "1")),
      drive.command(counting(128, { success: [ops.put("b", "1")] })),
      drive.command(ops.put("c", "1")),
    );
    expect(results[1]).toEqual({
      kind: "refused",
      why: "too-expensive",
      revision: before + 1,
      counted: 101,
      limit: 100,
    });
    expect(kinds(results)).toEqual(["put", "too-expensive", "put"]);
    expect(drive.get("b")).toBeUndefined();
    expect(kinds([drive.run(counting(2))])).toEqual(["txn"]);
  });

  test("compares count in order up to the first that fails", () => {
    const drive = driveWith(40);
    const never = { key: bytes("k0"), result: "equal", target: { kind: "version", value: 9 } } as const;
    const { compare } = counting(128);
    expect(kinds([drive.run(counting(0, { compare: [never, ...compare] }))])).toEqual(["txn"]);
    expect(kinds([drive.run(counting(0, { compare: [...compare, never] }))])).toEqual(["too-expensive"]);
  });

  test("is counted before anything is changed, deletes with the changes they make", () => {
    const drive = driveWith(60);
    expect(kinds([drive.run(ops.del("k", "l"))])).toEqual(["too-expensive"]);
    expect(kinds([drive.run(counting(0, { success: [ops.put("a", "1"), ops.del("k", "l")] }))])).toEqual([
      "too-expensive",
    ]);
    expect(drive.get("a")).toBeUndefined();
    expect(kinds([drive.run(ops.del("k", "k3"))])).toEqual(["delete"]);
  });

  test("passes keys that are gone until they are compacted, deleted from the disk or not", () => {
    const drive = driveWith(40);
    drive.run(ops.del("k", "k2"));
    drive.run(ops.del("k2", "l"));
    const scans = counting(0, { success: Array.from({ length: 3 }, () => ops.range("k", "l")) });
    expect(kinds([drive.run(scans)])).toEqual(["too-expensive"]);
    drive.run({ kind: "compact", revision: drive.machine.revision - 1 });
    expect(kinds([drive.run(scans)])).toEqual(["too-expensive"]);
    drive.run(ops.put("a", "1"));
    drive.run({ kind: "compact", revision: drive.machine.revision });
    expect(kinds([drive.run(scans)])).toEqual(["txn"]);
    while (drive.machine.compactStep());
    expect(kinds([drive.run(scans)])).toEqual(["txn"]);
  });

  test("pays for the values that it reads", () => {
    const drive = driveWith(1);
    drive.run(ops.put("k0", "x".repeat(60 * 1_024)));
    expect(kinds([drive.run(counting(1))])).toEqual(["txn"]);
    expect(kinds([drive.run(counting(2))])).toEqual(["too-expensive"]);
    const sorted = ops.range("k", "l", { sortBy: "value", sortOrder: "ascend", keysOnly: true });
    expect(kinds([drive.run(counting(0, { success: [sorted, sorted] }))])).toEqual(["too-expensive"]);
  });

  test("leaves nothing to those after it in the entry but what is always done", () => {
    const drive = driveWith(100);
    const { results } = drive.entry(
      drive.command(counting(1)),
      drive.command(counting(1)),
      drive.command(counting(1)),
      drive.command(ops.put("a", "1")),
      drive.command({ kind: "lease-grant", lease: "7", ttl: 10 }),
      drive.command({ kind: "lease-keep-alive", lease: "7" }),
    );
    expect(kinds(results)).toEqual(["txn", "txn", "too-expensive", "put", "lease-grant", "lease-keep-alive"]);
    expect(results[2]).toMatchObject({ limit: 0 });
  });
});

describe("a command refused while it runs", () => {
  test("costs what was counted before it a second time", () => {
    const drive = driveWith(80);
    drive.run(ops.put("zz", "1"));
    const alone = drive.entry(drive.command(counting(1)), drive.command(counting(1)));
    expect(kinds(alone.results)).toEqual(["txn", "txn"]);
    const beside = drive.entry(drive.command(counting(1)), drive.command(WITHDRAWN), drive.command(counting(1)));
    expect(kinds(beside.results)).toEqual(["txn", "key-not-found", "too-expensive"]);
  });

  test("is the last of three: after them nothing is tried that may be, and plain puts are", () => {
    const drive = driveWith(1);
    drive.run(ops.put("zz", "1"));
    const list = [WITHDRAWN, WITHDRAWN, ops.put("b", "1"), WITHDRAWN, ops.put("c", "1"), WITHDRAWN, ops.del("b")];
    const { results } = drive.entry(...list.map((op) => drive.command(op)));
    expect(kinds(results)).toEqual([
      "key-not-found",
      "key-not-found",
      "put",
      "key-not-found",
      "put",
      "too-expensive",
      "too-expensive",
    ]);
  });
});

test("a lease that costs more than is left does not end, or ends in parts, and does when its end is proposed again", () => {
  const drive = driveWith(100, { commandMax: 100, entryMax: 120 });
  drive.run({ kind: "lease-grant", lease: "7", ttl: 10 });
  const renewals = drive.machine.appliedUpTo;
  for (let key = 0; key < 70; key++) drive.run(ops.put(`l${key}`, "v", { lease: "7" }));
  const expire = { kind: "lease-expire", lease: "7", renewals } as const;
  const { results } = drive.entry(drive.command(counting(1)), drive.command(expire));
  expect(results[1]).toMatchObject({ kind: "lease-expire", deleted: 0 });
  expect(drive.run(expire)).toMatchObject({ deleted: 50 });
  expect(drive.run(expire)).toMatchObject({ deleted: 20 });
  expect(drive.machine.leaseHeld("7")).toBeUndefined();
});

/** A learner that has the state of another in a snapshot. */
function copyOf(from: StateMachine, limits: CostLimits): StateMachine {
  const machine = new StateMachine(nodeSql(), { costs: limits });
  const head = from.snapshotHead();
  machine.installBegin(head);
  for (let at: SnapshotCursor | null = SNAPSHOT_FIRST; at !== null; ) {
    const page = from.snapshotPage(head, at);
    if (page.kind === "stale") throw new Error("stale");
    machine.installPage(page);
    at = page.next;
  }
  machine.installFinish();
  return machine;
}

/** How often something was refused for its cost, and how often not. */
const seen = new Map<boolean, number>();

test.each(Array.from({ length: 8 }, (_, seed) => seed))(
  "learners count the same, whatever they have compacted, cached, or have from a snapshot, seed %i",
  (seed) => {
    const random = new Random(seed);
    const tiny = { commandMax: 8, entryMax: 20 };
    const source = new RandomOps(random);
    const sql = nodeSql();
    const whole = new StateMachine(nodeSql(), { costs: tiny });
    const compacted = new StateMachine(nodeSql(), { costs: tiny });
    let copied = new StateMachine(nodeSql(), { costs: tiny });
    for (let slot = 1; slot <= 80; slot++) {
      const commands = Array.from({ length: 1 + random.below(4) }, (_, at): Command => {
        const op = random.oneIn(12)
          ? ({ kind: "compact", revision: whole.revision } as const)
          : source.op(whole.revision);
        return { id: `r${slot}-${at}`, birth: slot, op };
      });
      const entry = { id: `entry-${slot}`, commands };
      const { results } = whole.apply(slot, entry);
      for (const result of results) {
        const isExpensive = why(result) === "too-expensive";
        seen.set(isExpensive, (seen.get(isExpensive) ?? 0) + 1);
      }
      // A machine of its own for each entry has nothing in memory.
      const forgetful = new StateMachine(sql, { costs: tiny });
      for (const other of [compacted, copied, forgetful]) {
        expect({ slot, results: other.apply(slot, entry).results }).toEqual({ slot, results });
        expect(other.digest).toBe(whole.digest);
      }
      while (compacted.compactStep());
      if (random.oneIn(15)) copied = copyOf(compacted, tiny);
    }
  },
);

test("and some were refused for their cost, most not", () => {
  expect(seen.get(true)).toBeGreaterThan(20);
  expect(seen.get(false)).toBeGreaterThan(seen.get(true) ?? 0);
});

test("entries applied together cost each by itself, as one after another", () => {
  const entries = Array.from({ length: 12 }, (_, index) => ({
    id: `entry-${index}`,
    commands: [counting(1), ops.put("a", `${index}`), index % 5 === 4 ? WITHDRAWN : counting(1)].map(
      (op, at): Command => ({ id: `r${index}-${at}`, birth: 1, op }),
    ),
  }));
  const [single, together] = [driveWith(90), driveWith(90)];
  const first = single.nextSlot;
  const apart = entries.map((entry, index) => single.machine.apply(first + index, entry));
  expect(together.machine.applyAll(first, entries)).toEqual(apart);
  expect(together.machine.digest).toBe(single.machine.digest);
});

test("a read that would look at more keys than it may is refused; a page of them is not", () => {
  const queryCostMax = 50;
  const drive = new Drive(nodeSql(), { limits: { ...STATE_LIMITS, queryCostMax } });
  for (let key = 0; key <= queryCostMax; key++) drive.run(ops.put(`k${key}`, ""));
  const refusal = { kind: "refused", why: "too-expensive", counted: queryCostMax + 1, limit: queryCostMax };
  for (const more of [
    { countOnly: true },
    { sortBy: "mod", limit: 1 },
    { minModRevision: 2 },
    { limit: 5 },
    {},
  ] as const) {
    expect(drive.machine.query(ops.range("k", "l", more))).toMatchObject(refusal);
  }
  expect(drive.range("k", "l", { limit: 5, uncounted: true }).kvs).toHaveLength(5);
  expect(drive.range("k", "k9", { countOnly: true }).count).toBe(queryCostMax);
});
