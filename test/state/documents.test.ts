import { describe, expect, test } from "vitest";
import { RANGE_END_OPEN } from "../../src/api/key-range.ts";
import type { AppliedEntry } from "../../src/state/apply.ts";
import type { Command, Op, RangeResult } from "../../src/state/command.ts";
import { entryDecode, entryEncode } from "../../src/state/entry.ts";
import { StateMachine } from "../../src/state/machine.ts";
import { OPERATIONS } from "../../src/state/ops/registry.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor } from "../../src/state/snapshot.ts";
import { systemKey, systemPath, systemRange } from "../../src/state/system-space.ts";
import { bytes, ops, text } from "./drive.ts";
import { nodeSql } from "./node-sql.ts";

let requests = 0;

function command(op: Op, more: Partial<Command> = {}): Command {
  return { id: `r${requests++}`, birth: 1, op, ...more };
}

function entry(...commands: readonly Command[]): AppliedEntry {
  const body = entryEncode(commands);
  return { id: `e${requests++}`, body, ...entryDecode(body) };
}

/** A state machine and what its entries come to. */
function machineOf(sql = nodeSql()) {
  const machine = new StateMachine(sql);
  const apply = (...commands: readonly Command[]) =>
    machine.apply(machine.appliedUpTo + 1, entry(...commands), 0).results;
  return { machine, apply };
}

function document(path: string, value: string): Op {
  return { kind: "put", key: systemKey(path), value: bytes(value) };
}

function why(result: object | undefined): unknown {
  return result !== undefined && "why" in result ? result.why : undefined;
}

function keysOf(machine: StateMachine, key: Uint8Array, end: Uint8Array): readonly string[] {
  const found = machine.query({ kind: "range", key, end }) as RangeResult;
  return found.kvs.map((kv) => text(kv.key));
}

describe("the system key space", () => {
  const OPEN = { key: bytes("a"), end: RANGE_END_OPEN };
  const LAST = new Uint8Array(1_024).fill(0xff);

  function filled() {
    const made = machineOf();
    made.apply(command(ops.put("a", "1")), command({ kind: "put", key: LAST, value: bytes("2") }));
    made.apply(command(document("releases/r1", "{}")), command(document("releases/r2", "{}")));
    return made;
  }

  test("comes after every key that a client may have, and is in none of its ranges", () => {
    const { machine } = filled();
    expect(machine.query({ kind: "range", ...OPEN })).toMatchObject({ count: 2 });
    expect(machine.query({ kind: "range", ...OPEN, countOnly: true })).toMatchObject({ count: 2 });
    expect(machine.query({ kind: "children", prefix: bytes(""), delimiter: 47, limit: 9 })).toMatchObject({
      kvs: [{ key: bytes("a") }, { key: LAST }],
      prefixes: [],
    });
    const page = machine.events(2, 9, 100, 1_000_000, OPEN);
    expect("events" in page && page.events.length).toBe(2);
  });

  test("is not deleted by a delete of everything, and not compared by a comparison of everything", () => {
    const { machine, apply } = filled();
    const compare = { ...OPEN, result: "greater", target: { kind: "version", value: 1 } } as const;
    const [compared] = apply(command({ kind: "txn", compare: [compare], success: [], failure: [] }));
    expect(compared).toMatchObject({ succeeded: false });
    expect(apply(command({ kind: "delete", ...OPEN }))).toMatchObject([{ deleted: 2 }]);
    const { key, end } = systemRange("releases/");
    expect(machine.query({ kind: "range", key, end })).toMatchObject({ count: 2 });
  });

  test("has ranges and paths of its own", () => {
    const { machine, apply } = filled();
    apply(command(document("strategies/s", "{}")));
    const { key, end } = systemRange("releases/");
    const found = machine.query({ kind: "range", key, end }) as RangeResult;
    expect(found.kvs.map((kv) => systemPath(kv.key))).toEqual(["releases/r1", "releases/r2"]);
    const all = systemRange("");
    expect(machine.query({ kind: "range", ...all, countOnly: true })).toMatchObject({ count: 3 });
  });

  test("may be written with the clients' keys in one transaction, at one revision", () => {
    const { machine, apply } = machineOf();
    const success = [ops.put("a", "1"), document("releases/r1", "{}")] as never;
    apply(command({ kind: "txn", compare: [], success, failure: [] }));
    expect(machine.revision).toBe(2);
    expect(keysOf(machine, bytes("a"), RANGE_END_OPEN)).toEqual(["a"]);
  });

  test("needs the level that has it", () => {
    expect(OPERATIONS.level(document("releases/r1", "{}"))).toBe(1);
    expect(OPERATIONS.level({ kind: "delete", ...systemRange("x") })).toBe(1);
    expect(OPERATIONS.level(ops.put("a", "1"))).toBe(0);
  });
});

describe("labels", () => {
  test("actor and time stand on every version, deletes too, and survive a snapshot", () => {
    const { machine, apply } = machineOf();
    apply(command(ops.put("a", "1"), { actor: "token:ci", time: 1_000 }));
    apply(command(ops.del("a"), { actor: "root", time: 2_000 }));
    apply(command(ops.put("b", "1")));
    const copy = new StateMachine(nodeSql());
    const head = machine.snapshotHead();
    copy.installBegin(head);
    for (let at: SnapshotCursor | null = SNAPSHOT_FIRST; at !== null; ) {
      const page = machine.snapshotPage(head, at);
      if (page.kind === "stale") throw new Error("stale");
      copy.installPage(page);
      at = page.next;
    }
    copy.installFinish();
    for (const one of [machine, copy]) {
      const page = one.events(2, 9, 100, 1_000_000);
      const labels = "events" in page ? page.events.map(({ kv: { actor, time } }) => [actor, time]) : [];
      expect(labels).toEqual([
        ["token:ci", 1_000],
        ["root", 2_000],
        [undefined, undefined],
      ]);
    }
    expect(copy.content).toBe(machine.content);
  });
});

describe("the policy stamp", () => {
  test("a command that was permitted under other documents is refused, and nothing is kept of it", () => {
    const { machine, apply } = machineOf();
    apply(command(document("policy/roles/a", "{}")));
    expect(machine.policyRevision).toBe(2);
    const old = command(ops.put("a", "1"), { id: "once", stamp: 0 });
    expect(apply(old).map(why)).toEqual(["policy-changed"]);
    expect(machine.result("once")).toBe(undefined);
    const [anew] = apply({ ...old, stamp: 2 });
    expect(anew).toMatchObject({ kind: "put", revision: 3 });
    // A copy of the old one, whenever it comes, is a repeat of what took effect.
    expect(apply(old)).toEqual([anew]);
    expect(machine.revision).toBe(3);
  });

  test("it is compared with what the commands before it in the entry left", () => {
    const { apply } = machineOf();
    const results = apply(
      command(ops.put("a", "1")),
      command(document("policy/roles/a", "{}")),
      command(ops.put("b", "1")),
      command(ops.put("c", "1"), { stamp: 3 }),
    );
    expect(results.map(why)).toEqual([undefined, undefined, "policy-changed", undefined]);
  });

  test("other documents do not move it, and the end of a lease needs none", () => {
    const { machine, apply } = machineOf();
    apply(command({ kind: "lease-grant", lease: "7", ttl: 5 }), command(document("releases/r1", "{}")));
    expect(machine.policyRevision).toBe(0);
    apply(command(document("policy/roles/a", "{}")));
    expect(apply(command({ kind: "lease-expire", lease: "7", renewals: 1 })).map(why)).toEqual([undefined]);
    expect(machine.leaseHeld("7")).toBe(undefined);
  });

  test("it survives a restart, and a delete moves it too", () => {
    const sql = nodeSql();
    const { apply } = machineOf(sql);
    apply(command(document("policy/roles/a", "{}")));
    const again = machineOf(sql);
    expect(again.machine.policyRevision).toBe(2);
    again.apply(command({ kind: "delete", key: systemKey("policy/roles/a") }, { stamp: 2 }));
    expect(again.machine.policyRevision).toBe(3);
  });
});
