import { decode, encode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import type { Command } from "../../src/state/command.ts";
import { STATE_LIMITS } from "../../src/state/limits.ts";
import { StateMachine } from "../../src/state/machine.ts";
import { schemaTables } from "../../src/state/schema.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor, type SnapshotHead, type SnapshotPage } from "../../src/state/snapshot.ts";
import type { Sql, SqlRow, SqlValue } from "../../src/state/sql.ts";
import { Random } from "../random.ts";
import { bytes, Drive, ops } from "./drive.ts";
import { nodeSql } from "./node-sql.ts";
import { RandomOps } from "./random-op.ts";

const OPTIONS = { exactlyOnceSlots: 64 };

/** Entries of random commands, and now and then a repeat. */
class Load {
  readonly drive = new Drive(nodeSql(), OPTIONS);
  readonly log: (readonly Command[])[] = [];
  readonly #random: Random;
  readonly #ops: RandomOps;
  readonly #commands: Command[] = [];

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#ops = new RandomOps(this.#random);
  }

  apply(entries: number): void {
    for (let i = 0; i < entries; i++) {
      const fresh = Array.from({ length: this.#random.below(3) }, () =>
        this.drive.command(this.#ops.op(this.drive.machine.revision)),
      );
      this.#commands.push(...fresh);
      const repeats = this.#commands.length > 0 && this.#random.oneIn(3) ? [this.#random.pick(this.#commands)] : [];
      const commands = [...fresh, ...repeats];
      this.log.push(commands);
      this.drive.entry(...commands);
    }
  }

  /** Applies to a learner what it lacks. */
  catchUp(machine: StateMachine): void {
    for (let slot = machine.appliedUpTo + 1; slot <= this.log.length; slot++) {
      machine.apply(slot, { id: `entry-${slot}`, commands: this.log[slot - 1] ?? [] });
    }
  }
}

/** As it would cross a boundary. */
function carried<T>(value: T): T {
  return decode(encode(value)) as T;
}

function pageOf(machine: StateMachine, head: SnapshotHead, at: SnapshotCursor, bytesMax = 200): SnapshotPage {
  const page = machine.snapshotPage(head, at, bytesMax);
  if (page.kind === "stale") throw new Error("stale");
  return carried(page);
}

/** Reads and installs all of a snapshot; `between` runs before each page. @returns how many pages there were. */
function transfer(
  from: StateMachine,
  to: StateMachine,
  between: (part: string) => void = () => {},
  bytesMax = 200,
): number {
  const head = carried(from.snapshotHead());
  expect(to.installBegin(head)).toBe(true);
  let pages = 0;
  for (let at: SnapshotCursor | null = SNAPSHOT_FIRST; at !== null; pages++) {
    between(at.part);
    const page: SnapshotPage = pageOf(from, head, at, bytesMax);
    to.installPage(page);
    at = page.next;
  }
  return pages;
}

/** What there is to read, sightings that still count included. */
function visible(sql: Sql, machine: StateMachine): unknown {
  const since = machine.appliedUpTo - 2 * OPTIONS.exactlyOnceSlots;
  const tables = schemaTables().map((table) => {
    const where = table.startsWith("request") ? `WHERE slot >= ${since}` : "";
    return [table, sql.exec(`SELECT * FROM ${table} ${where} ORDER BY 1, 2`)];
  });
  return Object.fromEntries(tables);
}

describe("a snapshot", () => {
  test("gives a wiped learner the same state, and the log after it the same answers", () => {
    const load = new Load(1);
    load.apply(300);
    const sql = nodeSql();
    const machine = new StateMachine(sql, OPTIONS);
    expect(transfer(load.drive.machine, machine)).toBeGreaterThan(20);
    expect(machine.installFinish()).toBe(true);
    expect(machine.digest).toBe(load.drive.machine.digest);
    expect(visible(sql, machine)).toEqual(visible(load.drive.sql, load.drive.machine));
    load.apply(100);
    load.catchUp(machine);
    expect(machine.digest).toBe(load.drive.machine.digest);
    expect(visible(sql, machine)).toEqual(visible(load.drive.sql, load.drive.machine));
    expect(new StateMachine(sql, OPTIONS).digest).toBe(machine.digest);
  });

  test("of many leases carries them in pages, as they were where it began, whatever becomes of them meanwhile", () => {
    const options = { ...OPTIONS, limits: { ...STATE_LIMITS, snapshotLeasesMax: 3 } };
    const drive = new Drive(nodeSql(), options);
    for (let id = 10; id < 30; id++) drive.run({ kind: "lease-grant", lease: `${id}`, ttl: 60 });
    const before = drive.machine.leasesHeld().map(({ lease, renewals }) => ({ lease, renewals }));
    const machine = new StateMachine(nodeSql(), options);
    const head = carried(drive.machine.snapshotHead());
    expect(head).toMatchObject({ leases: [], areLeasesPaged: true });
    expect(machine.installBegin(head)).toBe(true);
    const parts: string[] = [];
    for (let at: SnapshotCursor | null = SNAPSHOT_FIRST, id = 10; at !== null; id++) {
      drive.run({ kind: "lease-revoke", lease: `${id}` });
      drive.run({ kind: "lease-keep-alive", lease: `${id + 9}` });
      const page: SnapshotPage = pageOf(drive.machine, head, at, 60);
      parts.push(page.content.part);
      machine.installPage(page, 1_234);
      at = page.next;
    }
    expect(parts.filter((part) => part === "lease").length).toBeGreaterThan(3);
    expect(machine.installFinish()).toBe(true);
    expect(machine.leasesHeld().map(({ lease, renewals }) => ({ lease, renewals }))).toEqual(before);
    expect(machine.leasesHeld().every(({ heardMs }) => heardMs === 1_234)).toBe(true);
    // A later snapshot takes them anew, and this one can not be read any more.
    for (let id = 40; id < 50; id++) drive.run({ kind: "lease-grant", lease: `${id}`, ttl: 60 });
    drive.machine.snapshotHead();
    expect(drive.machine.snapshotPage(head, SNAPSHOT_FIRST)).toEqual({ kind: "stale" });
  });

  test.each([1, 2, 3, 4, 5])("is of one slot, though writes and compaction go on while it is read, seed %i", (seed) => {
    const load = new Load(seed);
    load.apply(150);
    const at = load.drive.machine.appliedUpTo;
    // The reference stops where the snapshot was begun.
    const reference = new Drive(nodeSql(), OPTIONS);
    load.catchUp(reference.machine);
    const machine = new StateMachine(nodeSql(), OPTIONS);
    // Requests seen are read first, within the half bound that they are safe for; then nothing hurries.
    transfer(load.drive.machine, machine, (part) => load.apply(part === "request" ? 1 : 10), 500);
    expect(load.drive.machine.appliedUpTo).toBeGreaterThan(at + 20);
    expect(machine.installFinish()).toBe(true);
    expect(machine.appliedUpTo).toBe(at);
    expect(machine.digest).toBe(reference.machine.digest);
    const all = { kind: "range", key: bytes("\0"), end: bytes("\0") } as const;
    expect(machine.query(all)).toEqual(reference.machine.query(all));
    expect(machine.leasesHeld()).toEqual(reference.machine.leasesHeld());
    const from = reference.machine.compactRevision;
    expect(machine.events(from, 9999, 9999, 1e9, { prev: true })).toEqual(
      reference.machine.events(from, 9999, 9999, 1e9, { prev: true }),
    );
    load.catchUp(machine);
    expect(machine.digest).toBe(load.drive.machine.digest);
  });

  test("survives physical compaction at its own revision: no deleted key comes back", () => {
    const drive = new Drive();
    for (let i = 0; i < 20; i++) drive.run(ops.put(`k${i}`, "x".repeat(50)));
    drive.run(ops.del("k0", "k9"));
    drive.run(ops.put("z", "1"));
    drive.run({ kind: "compact", revision: drive.machine.revision });
    const machine = new StateMachine(nodeSql());
    transfer(drive.machine, machine, () => void drive.machine.compactStep(3));
    machine.installFinish();
    const all = { kind: "range", key: bytes("\0"), end: bytes("\0") } as const;
    expect(machine.query(all)).toEqual(drive.machine.query(all));
    while (machine.compactStep());
    expect(machine.query(all)).toEqual(drive.machine.query(all));
  });

  test("is stale once rows are deleted for a later compaction, or sightings it needs are gone", () => {
    const drive = new Drive(nodeSql(), { exactlyOnceSlots: 8 });
    for (let i = 0; i < 40; i++) drive.run(ops.put("a", String(i)));
    const head = drive.machine.snapshotHead();
    const history = { part: "history", below: Number.MAX_SAFE_INTEGER } as const;
    drive.run({ kind: "compact", revision: 20 });
    expect(drive.machine.snapshotPage(head, history).kind).toBe("page");
    drive.machine.compactStep(1);
    expect(drive.machine.snapshotPage(head, history).kind).toBe("stale");
    expect(drive.machine.snapshotPage(drive.machine.snapshotHead(), history).kind).toBe("page");

    const later = drive.machine.snapshotHead();
    for (let i = 0; i < 4; i++) drive.entry();
    expect(drive.machine.snapshotPage(later, SNAPSHOT_FIRST).kind).toBe("page");
    for (let i = 0; i < 8; i++) drive.entry();
    expect(drive.machine.snapshotPage(later, SNAPSHOT_FIRST).kind).toBe("stale");
    expect(drive.machine.snapshotPage(later, history).kind).toBe("page");
    expect(new Drive().machine.snapshotPage(later, history).kind).toBe("stale");
  });

  test("pages hold about the bytes asked for, and a row that is larger comes alone", () => {
    const drive = new Drive();
    for (const size of [10, 500, 10, 10, 3]) drive.run(ops.put("k", "x".repeat(size)));
    const head = drive.machine.snapshotHead();
    const sizes: number[][] = [];
    for (let at: SnapshotCursor | null = { part: "history", below: 1e15 }; at; ) {
      const page: SnapshotPage = pageOf(drive.machine, head, at, 30);
      sizes.push(page.content.part === "history" ? page.content.rows.map((row) => row.value.length) : []);
      at = page.next;
    }
    expect(sizes).toEqual([[3, 10, 10], [500], [10], []]);
  });
});

describe("installing", () => {
  test("never lowers anything", () => {
    const load = new Load(7);
    load.apply(50);
    const head = load.drive.machine.snapshotHead();
    const same = new StateMachine(nodeSql(), OPTIONS);
    load.catchUp(same);
    expect(same.installBegin(head)).toBe(false);

    const late = new StateMachine(nodeSql(), OPTIONS);
    transfer(load.drive.machine, late);
    load.apply(5);
    load.catchUp(late);
    const digest = late.digest;
    expect(late.installFinish()).toBe(false);
    expect(late.digest).toBe(digest);
    expect(late.installProgress()).toBeUndefined();
  });

  test("takes pages in order and once, whatever arrives", () => {
    const load = new Load(8);
    load.apply(80);
    const from = load.drive.machine;
    const machine = new StateMachine(nodeSql(), OPTIONS);
    const head = from.snapshotHead();
    machine.installBegin(head);
    const first = pageOf(from, head, SNAPSHOT_FIRST);
    const second = pageOf(from, head, first.next ?? SNAPSHOT_FIRST);
    machine.installPage(second);
    expect(machine.installProgress()).toEqual({ slot: 80, next: SNAPSHOT_FIRST });
    machine.installPage({ ...first, slot: 79 });
    expect(machine.installProgress()?.next).toEqual(SNAPSHOT_FIRST);
    machine.installPage(first);
    machine.installPage(first);
    expect(machine.installProgress()?.next).toEqual(first.next);
    expect(() => machine.installFinish()).toThrow("whole");
    expect(machine.appliedUpTo).toBe(0);
  });

  test("goes on after a restart, and serves the old state until it is finished", () => {
    const load = new Load(9);
    load.apply(20);
    const sql = nodeSql();
    load.catchUp(new StateMachine(sql, OPTIONS));
    const before = new StateMachine(sql, OPTIONS).digest;
    load.apply(100);
    const from = load.drive.machine;
    const head = from.snapshotHead();
    new StateMachine(sql, OPTIONS).installBegin(head);
    for (;;) {
      const machine = new StateMachine(sql, OPTIONS);
      expect(machine.digest).toBe(before);
      const at = machine.installProgress()?.next;
      if (!at) break;
      machine.installPage(pageOf(from, head, at));
    }
    const machine = new StateMachine(sql, OPTIONS);
    expect(machine.installFinish()).toBe(true);
    expect(machine.digest).toBe(from.digest);
  });

  test("is all or nothing: dying at any statement of the end leaves the old state, and the end can be tried again", () => {
    const load = new Load(10);
    load.apply(60);
    for (let fatal = 0; ; fatal++) {
      const sql = nodeSql();
      let left = Number.POSITIVE_INFINITY;
      const mortal: Sql = {
        exec<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
          if (left-- === 0) throw new Error("died");
          return sql.exec<Row>(query, ...bindings);
        },
        transaction: (body) => sql.transaction(body),
      };
      const machine = new StateMachine(mortal, OPTIONS);
      transfer(load.drive.machine, machine);
      left = fatal;
      let died = false;
      try {
        machine.installFinish();
      } catch {
        died = true;
      }
      left = Number.POSITIVE_INFINITY;
      if (!died) {
        expect(fatal).toBeGreaterThan(20);
        break;
      }
      const again = new StateMachine(sql, OPTIONS);
      expect(again.appliedUpTo).toBe(0);
      expect(again.query({ kind: "range", key: bytes("\0"), end: bytes("\0") })).toMatchObject({ count: 0 });
      expect(again.installFinish()).toBe(true);
      expect(again.digest).toBe(load.drive.machine.digest);
      sql.close();
    }
  });
});
