import { describe, expect, test } from "vitest";
import type { Command, Op } from "../../src/state/command.ts";
import { StateMachine } from "../../src/state/machine.ts";
import type { Sql, SqlRow, SqlValue } from "../../src/state/sql.ts";
import { Random } from "../random.ts";
import { bytes, Drive, ops } from "./drive.ts";
import { dump } from "./dump.ts";
import { nodeSql } from "./node-sql.ts";
import { RandomOps } from "./random-op.ts";

/** A log of random entries of a few commands each, some of them repeats. */
function randomLog(seed: number, entries: number): readonly (readonly Command[])[] {
  const random = new Random(seed);
  const source = new RandomOps(random);
  const all: Command[] = [];
  return Array.from({ length: entries }, (_, index) =>
    Array.from({ length: random.below(4) }, (): Command => {
      if (all.length > 0 && random.oneIn(4)) return random.pick(all);
      const command = { id: `r${all.length}`, birth: index + 1, op: source.op(2 * index) };
      all.push(command);
      return command;
    }),
  );
}

describe("determinism", () => {
  test("the same log gives the same digest, results, events and rows", () => {
    const drives = [new Drive(), new Drive()] as const;
    for (const commands of randomLog(1, 200)) {
      const [left, right] = drives.map((drive) => drive.entry(...commands));
      expect(left).toEqual(right);
      expect(drives[0].machine.digest).toBe(drives[1].machine.digest);
    }
    expect(dump(drives[0].sql)).toEqual(dump(drives[1].sql));
  });

  test("physical compaction and being opened again in between do not show in what comes after", () => {
    const plain = new Drive();
    const sql = nodeSql();
    const answers: unknown[][] = [[], []];
    for (const [index, commands] of randomLog(2, 200).entries()) {
      const other = new Drive(sql);
      if (index % 3 === 0) other.machine.compactStep(2);
      answers[0]?.push(plain.entry(...commands));
      answers[1]?.push(other.entry(...commands));
      expect(other.machine.digest).toBe(plain.machine.digest);
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  test("any difference in the log is a difference in the digest from there on", () => {
    const put = ops.put("a", "1");
    const grant: Op = { kind: "lease-grant", lease: "1", ttl: 9 };
    const logs: Readonly<Record<string, (drive: Drive) => void>> = {
      base: (drive) => void drive.run(put),
      "another key": (drive) => void drive.run(ops.put("b", "1")),
      "a delete": (drive) => void drive.run(ops.del("a")),
      "nothing at all": (drive) => void drive.entry(),
      "another entry id": (drive) => void drive.machine.apply(2, { id: "x", commands: [drive.command(put)] }),
      "a lease granted": (drive) => void drive.run(grant),
      "a compaction": (drive) => void drive.run({ kind: "compact", revision: 1 }),
      "one command more": (drive) => void drive.entry(drive.command(put), drive.command(grant)),
    };
    const digests = Object.values(logs).map((log) => {
      const drive = new Drive();
      drive.entry();
      log(drive);
      drive.run(put);
      return drive.machine.digest;
    });
    expect(new Set(digests).size).toBe(digests.length);
  });
});

/** Fails at the statement numbered `fatal`, as a process that dies there would. */
function dying(sql: Sql, fatal: number): Sql {
  let left = fatal;
  return {
    exec<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
      if (left-- === 0) throw new Error("died");
      return sql.exec<Row>(query, ...bindings);
    },
    transaction: (body) => sql.transaction(body),
  };
}

function outcome(body: () => unknown): string {
  try {
    body();
    return "lived";
  } catch (error) {
    return error instanceof Error ? error.message : "?";
  }
}

describe("crashes", () => {
  const entry: readonly Op[] = [
    ops.put("a", "2", { lease: "2", prevKv: true }),
    { kind: "txn", compare: [], success: [ops.put("x", "1"), ops.del("b"), ops.range("a", "z")], failure: [] },
    { kind: "propose", key: bytes("k"), value: bytes("v") },
    { kind: "lease-keep-alive", lease: "2" },
    { kind: "lease-revoke", lease: "1" },
    { kind: "compact", revision: 3 },
    ops.del("\0", "\0"),
  ];

  function prepared(): { sql: Sql; commands: readonly Command[] } {
    const drive = new Drive(nodeSql(), { exactlyOnceSlots: 4 });
    for (const lease of ["1", "2"]) drive.run({ kind: "lease-grant", lease, ttl: 9 });
    for (const key of ["a", "b", "c"]) drive.run(ops.put(key, "1", { lease: "1" }));
    return { sql: drive.sql, commands: entry.map((op) => drive.command(op)) };
  }

  test("at every statement of an entry: after it, the state is the one before, and the entry applies as if new", () => {
    const reference = prepared();
    const expected = new StateMachine(reference.sql, { exactlyOnceSlots: 4 }).apply(6, {
      id: "e",
      commands: reference.commands,
    });
    const after = dump(reference.sql);
    let statements = 0;
    for (let survived = false; !survived; statements++) {
      const { sql, commands } = prepared();
      const before = dump(sql);
      // The statements that open the machine are not of interest here.
      let armed: Sql = sql;
      const machine = new StateMachine(
        { exec: (query, ...bindings) => armed.exec(query, ...bindings), transaction: (body) => sql.transaction(body) },
        { exactlyOnceSlots: 4 },
      );
      armed = dying(sql, statements);
      survived = outcome(() => machine.apply(6, { id: "e", commands })) === "lived";
      armed = sql;
      if (!survived) {
        expect(dump(sql)).toEqual(before);
        // The object itself has not moved either, and neither has a new one.
        const next = statements % 2 === 0 ? machine : new StateMachine(sql, { exactlyOnceSlots: 4 });
        expect(next.appliedUpTo).toBe(5);
        expect(next.apply(6, { id: "e", commands })).toEqual(expected);
      }
      expect(dump(sql)).toEqual(after);
    }
    expect(statements).toBeGreaterThan(30);
  });

  test("at every statement of a step of compaction: a later step finishes it", () => {
    const fill = () => {
      const drive = new Drive();
      for (let i = 0; i < 8; i++) drive.run(ops.put(i % 2 ? "a" : "b", String(i)));
      drive.run({ kind: "compact", revision: 9 });
      return drive;
    };
    const reference = fill();
    while (reference.machine.compactStep(5));
    for (let fatal = 0; fatal < 12; fatal++) {
      const { sql } = fill();
      const opened = new StateMachine(sql);
      expect(opened.compactRevision).toBe(9);
      let armed: Sql = sql;
      const machine = new StateMachine({
        exec: (query, ...bindings) => armed.exec(query, ...bindings),
        transaction: (body) => sql.transaction(body),
      });
      armed = dying(sql, fatal);
      expect(() => machine.compactStep(5)).toThrow("died");
      while (opened.compactStep(5));
      expect(dump(sql)["history"]).toEqual(dump(reference.sql)["history"]);
    }
  });
});

describe("rows written", () => {
  /** Rows that one command costs on top of its entry's one. */
  function cost(prepare: readonly Op[], op: Op): number {
    const sql = nodeSql();
    const drive = new Drive(sql);
    for (const first of prepare) drive.run(first);
    const before = sql.changes();
    drive.run(op);
    return sql.changes() - before - 1;
  }

  const grant = (lease: string): Op => ({ kind: "lease-grant", lease, ttl: 9 });
  const leased: readonly Op[] = [grant("1"), grant("2"), ops.put("a", "1", { lease: "1" })];
  const propose: Op = { kind: "propose", key: bytes("k"), value: bytes("v") };
  const cases: readonly (readonly [string, number, readonly Op[], Op])[] = [
    ["a put: its version, its place in the key order, its request", 3, [], ops.put("a", "1")],
    ["a put over another", 3, [ops.put("a", "0")], ops.put("a", "1")],
    ["a put with a lease", 4, [grant("1")], ops.put("a", "1", { lease: "1" })],
    ["a put that keeps its lease", 3, leased, ops.put("a", "2", { lease: "1" })],
    ["a put that leaves its lease", 4, leased, ops.put("a", "2")],
    ["a put that changes its lease", 5, leased, ops.put("a", "2", { lease: "2" })],
    ["a delete", 3, [ops.put("a", "1")], ops.del("a")],
    ["a delete of a key with a lease", 4, leased, ops.del("a")],
    ["a delete of nothing", 1, [], ops.del("a")],
    ["a refusal", 1, [], ops.put("a", "1", { condition: { kind: "present" } })],
    [
      "a transaction of two puts",
      5,
      [],
      { kind: "txn", compare: [], success: [ops.put("a", ""), ops.put("b", "")], failure: [] },
    ],
    ["a proposal that is chosen", 2, [], propose],
    ["a proposal that is not", 1, [propose], propose],
    ["a lease granted", 2, [], grant("1")],
    ["a lease kept alive", 2, leased, { kind: "lease-keep-alive", lease: "1" }],
    ["a lease revoked with its key", 5, leased, { kind: "lease-revoke", lease: "1" }],
    ["a compaction", 1, [ops.put("a", "1")], { kind: "compact", revision: 2 }],
  ];
  test.each(cases)("%s: %i", (_, rows, prepare, op) => {
    expect(cost(prepare, op)).toBe(rows);
  });

  test("an entry: one, whatever the number of its commands, and for several applied together; a repeat: its request", () => {
    const sql = nodeSql();
    const drive = new Drive(sql);
    const counted = (...commands: readonly Command[]) => {
      const before = sql.changes();
      drive.entry(...commands);
      return sql.changes() - before;
    };
    const puts = ["a", "b", "c"].map((key) => drive.command(ops.put(key, "1")));
    expect(counted()).toBe(1);
    expect(counted(...puts)).toBe(1 + 3 * 3);
    expect(counted(...puts)).toBe(1 + 3);

    const before = sql.changes();
    const entries = ["d", "e"].map((key) => ({ id: key, commands: [drive.command(ops.put(key, "1"))] }));
    drive.machine.applyAll(drive.nextSlot, entries);
    expect(sql.changes() - before).toBe(1 + 2 * 3);
  });
});
