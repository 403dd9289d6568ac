import { encode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import type { AppliedEntry } from "../../src/state/apply.ts";
import type { Command, Op } from "../../src/state/command.ts";
import { entryDecode, entryEncode, NOOP_BODY } from "../../src/state/entry.ts";
import { StateMachine } from "../../src/state/machine.ts";
import type { StateMachineOptions } from "../../src/state/machine-options.ts";
import { operation } from "../../src/state/operation.ts";
import { OPERATIONS, Operations } from "../../src/state/ops/registry.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor } from "../../src/state/snapshot.ts";
import { bytes, ops } from "./drive.ts";
import { dump } from "./dump.ts";
import { type NodeSql, nodeSql } from "./node-sql.ts";

/** An operation of level 2, as a later release may have it. */
interface TouchOp {
  readonly kind: "touch";
  readonly key: Uint8Array;
}
interface TouchResult {
  readonly kind: "touch";
  readonly revision: number;
  readonly name: string;
}
const touch = operation<TouchOp, TouchResult>({
  kind: "touch",
  since: 2,
  fields: { key: 0 },
  outcome: 200,
  run: (turn, { key }) => ({ kind: "touch", revision: turn.before, name: `${turn.slot} ${key.length}` }),
  keys: ({ key }) => [key],
  weight: () => 3,
});
const WITH_TOUCH = new Operations([...OPERATIONS.all, touch]);
const LATER: StateMachineOptions = { buildLevel: 2, operations: WITH_TOUCH };
// The type of an operation is that of the registry, which tests extend.
const touched = { kind: "touch", key: bytes("k") } as unknown as Op;

function command(id: string, op: Op, more: Partial<Command> = {}): Command {
  return { id, birth: 1, op, ...more };
}

/** An entry of today's format. */
function entry(id: string, ...commands: readonly Command[]): AppliedEntry {
  return { id, ...entryDecode(entryEncode(commands)) };
}

/** An entry as commit a729567 wrote it. */
function oldEntry(id: string, ...commands: readonly Command[]): AppliedEntry {
  return { id, ...entryDecode(encode(commands)) };
}

function copyOf(from: StateMachine, options: StateMachineOptions = {}, format?: number): StateMachine | "refused" {
  const to = new StateMachine(nodeSql(), options);
  const head = from.snapshotHead();
  if (!to.installBegin(format === undefined ? head : { ...head, format })) return "refused";
  for (let at: SnapshotCursor | null = SNAPSHOT_FIRST; at !== null; ) {
    const page = from.snapshotPage(head, at);
    if (page.kind === "stale") throw new Error("stale");
    to.installPage(page);
    at = page.next;
  }
  to.installFinish();
  return to;
}

describe("the level of a namespace", () => {
  test("is 1 from its first command on, whatever NOOPs came before", () => {
    const machine = new StateMachine(nodeSql());
    machine.apply(1, { id: "noop", ...entryDecode(NOOP_BODY) });
    expect(machine.level).toBe(0);
    machine.apply(2, entry("e2", command("a", ops.put("a", "1"))));
    expect(machine.level).toBe(1);
  });

  test("stays 0 where a command of an older release is remembered, until it is raised", () => {
    const machine = new StateMachine(nodeSql());
    // It has no effect that shows but for its request.
    machine.apply(1, oldEntry("e1", command("a", { kind: "lease-revoke", lease: "7" })));
    machine.apply(2, entry("e2", command("b", ops.put("b", "1"))));
    expect(machine.level).toBe(0);
    const { results } = machine.apply(3, entry("e3", command("c", { kind: "raise", level: 1 })));
    expect(results).toEqual([{ kind: "raise", revision: 2, level: 1 }]);
    expect(machine.level).toBe(1);
  });

  test("never falls, and to raise it once more changes nothing", () => {
    const machine = new StateMachine(nodeSql(), LATER);
    machine.apply(1, entry("e1", command("a", { kind: "raise", level: 2 })));
    const { results } = machine.apply(2, entry("e2", command("b", { kind: "raise", level: 1 })));
    expect(results).toEqual([{ kind: "raise", revision: 1, level: 2 }]);
    expect(machine.level).toBe(2);
  });

  test("is taken over by a snapshot, and survives a restart", () => {
    const sql = nodeSql();
    const machine = new StateMachine(sql);
    machine.apply(1, entry("e1", command("a", ops.put("a", "1"))));
    const copy = copyOf(machine);
    expect(copy).toMatchObject({ level: 1, digest: machine.digest });
    expect(new StateMachine(sql)).toMatchObject({ level: 1, digest: machine.digest, appliedUpTo: 1 });
  });

  test("stands in the digest from level 1 on", () => {
    const [one, other] = [new StateMachine(nodeSql(), LATER), new StateMachine(nodeSql(), LATER)];
    one.apply(1, entry("e1", command("a", { kind: "raise", level: 1 })));
    other.apply(1, entry("e1", command("a", { kind: "raise", level: 2 })));
    expect(one.digest).not.toBe(other.digest);
  });
});

describe("an operation above the level", () => {
  test("is refused at its place, with nothing kept, and works after the raise in the same entry", () => {
    const machine = new StateMachine(nodeSql(), LATER);
    machine.apply(1, entry("e1", command("a", ops.put("a", "1"))));
    const all = [command("t", touched), command("r", { kind: "raise", level: 2 }), command("t", touched)];
    const { results } = machine.apply(2, entry("e2", ...all));
    expect(results).toEqual([
      { kind: "refused", why: "upgrading", revision: 2 },
      { kind: "raise", revision: 2, level: 2 },
      { kind: "touch", revision: 2, name: "2 1" },
    ]);
  });
});

describe("an operation added by one file and one line", () => {
  test("goes through entry, apply, digest, the result for a repeat, and a snapshot", () => {
    const machine = new StateMachine(nodeSql(), LATER);
    machine.apply(1, entry("e1", command("r", { kind: "raise", level: 2 }), command("t", touched)));
    const reference = new StateMachine(nodeSql(), LATER);
    reference.apply(1, entry("e1", command("r", { kind: "raise", level: 2 }), command("t", ops.put("k", ""))));
    expect(machine.digest).not.toBe(reference.digest);
    const repeated = machine.apply(2, entry("e2", command("t", touched)));
    expect(repeated.results).toEqual([{ kind: "touch", revision: 1, name: "1 1" }]);
    const copy = copyOf(machine, LATER);
    expect(copy).toMatchObject({ level: 2 });
    if (copy !== "refused") expect(copy.result("t")).toEqual({ kind: "touch", revision: 1, name: "1 1" });
    expect(WITH_TOUCH.of(touched).weight(touched)).toBe(3);
  });
});

describe("what this build does not know", () => {
  const put = ops.put("k", "v");
  const txn = (compare: object, success: readonly object[] = []) => ({
    kind: "txn",
    compare: [compare],
    success,
    failure: [],
  });
  const compare = { key: bytes("k"), result: "equal", target: { kind: "mod", value: 0 } };
  const UNKNOWN: Readonly<Record<string, object>> = {
    "an operation": touched,
    "a field": { ...put, space: "system" },
    "a condition": { ...put, condition: { kind: "older" } },
    "a field of a condition": { ...put, condition: { kind: "absent", since: 1 } },
    "a target": txn({ ...compare, target: { kind: "actor", value: 0 } }),
    "a comparison": txn({ ...compare, result: "prefix" }),
    "a field of a comparison": txn({ ...compare, space: "system" }),
    "a part of a transaction": txn(compare, [{ kind: "touch", key: bytes("k") }]),
    "a field of a part": txn(compare, [{ ...put, space: "system" }]),
    "a level": { kind: "raise", level: 2 },
    "a name that every object has": { kind: "constructor" },
  };

  function stopsAt(sql: NodeSql, machine: StateMachine, unknown: AppliedEntry): void {
    const before = { dump: dump(sql), digest: machine.digest };
    const next = entry("e4", command("d", ops.put("d", "1")));
    const applied = machine.applyAll(2, [unknown, next]);
    expect(applied).toEqual([]);
    expect(machine.stopped).toMatchObject({ slot: 2 });
    expect({ dump: dump(sql), digest: machine.digest }).toEqual(before);
  }

  test.each(Object.entries(UNKNOWN))("stops the machine before anything of the entry is written: %s", (_, op) => {
    const sql = nodeSql();
    const machine = new StateMachine(sql);
    machine.apply(1, entry("e1", command("a", ops.put("a", "1"))));
    stopsAt(sql, machine, entry("e2", command("b", ops.put("b", "1")), command("c", op as Op)));
  });

  test("stops it for a format of entries too, and for a field of an entry or a command", () => {
    const sql = nodeSql();
    const machine = new StateMachine(sql);
    machine.apply(1, entry("e1", command("a", ops.put("a", "1"))));
    const commands = [command("b", ops.put("b", "1"))];
    stopsAt(sql, machine, { id: "e2", ...entryDecode(encode({ format: 2, commands })) });
    stopsAt(sql, machine, { id: "e2", ...entryDecode(encode({ format: 1, commands, stamp: 1 })) });
    stopsAt(sql, machine, {
      id: "e2",
      ...entryDecode(encode({ format: 1, commands: [{ ...commands[0], colour: 1 }] })),
    });
  });

  test("leaves the entries before it applied, and is applied by the next build", () => {
    const sql = nodeSql();
    const machine = new StateMachine(sql);
    const all = [
      entry("e1", command("a", ops.put("a", "1"))),
      entry("e2", command("b", { kind: "raise", level: 2 }), command("c", touched)),
    ];
    expect(machine.applyAll(1, all)).toHaveLength(1);
    expect(machine).toMatchObject({ appliedUpTo: 1, level: 1, stopped: { slot: 2 } });
    const updated = new StateMachine(sql, LATER);
    expect(updated.applyAll(2, all.slice(1))).toHaveLength(1);
    expect(updated).toMatchObject({ appliedUpTo: 2, level: 2, stopped: undefined });
  });
});

describe("a stored state", () => {
  test("of a higher level than the build's is not opened, nor changed", () => {
    const sql = nodeSql();
    new StateMachine(sql, LATER).apply(1, entry("e1", command("a", { kind: "raise", level: 2 })));
    const tables = () => sql.exec("SELECT name, sql FROM sqlite_master ORDER BY name");
    const before = tables();
    expect(() => new StateMachine(sql)).toThrow("the stored state of level 2");
    expect(tables()).toEqual(before);
    expect(new StateMachine(sql, LATER).level).toBe(2);
  });

  test("of level 1 cannot be opened by code without levels", () => {
    const sql = nodeSql();
    new StateMachine(sql).apply(1, entry("e1", command("a", ops.put("a", "1"))));
    // The two statements that its constructor began with.
    sql.exec("CREATE TABLE IF NOT EXISTS meta (id INTEGER PRIMARY KEY CHECK (id = 1), applied INTEGER NOT NULL)");
    expect(() => sql.exec("SELECT * FROM meta")).toThrow();
  });
});

describe("a snapshot", () => {
  test("of another format, or of a higher level than the build's, is not taken", () => {
    const machine = new StateMachine(nodeSql(), LATER);
    machine.apply(1, entry("e1", command("a", { kind: "raise", level: 2 })));
    expect(copyOf(machine)).toBe("refused");
    expect(copyOf(machine, LATER, 2)).toBe("refused");
    expect(copyOf(machine, LATER)).toMatchObject({ level: 2 });
  });

  test("whose collecting was begun by code without formats is dropped", () => {
    const sql = nodeSql();
    const machine = new StateMachine(sql);
    sql.exec("CREATE TABLE stage_progress (id INTEGER PRIMARY KEY CHECK (id = 1), next BLOB NOT NULL)");
    sql.exec("INSERT INTO stage_progress VALUES (1, ?)", encode(SNAPSHOT_FIRST));
    expect(machine.installProgress()).toBe(undefined);
  });
});

describe("a fingerprint", () => {
  const first = command("id", ops.put("a", "1"), { print: "one" });
  const other = command("id", ops.put("b", "2"), { print: "two" });

  test("that differs from the one kept with the id is refused as reused, and nothing is kept of it", () => {
    const machine = new StateMachine(nodeSql());
    machine.apply(1, entry("e1", first));
    expect(machine.apply(2, entry("e2", other)).results).toEqual([{ kind: "refused", why: "reused", revision: 2 }]);
    expect(machine.apply(3, entry("e3", first)).results).toEqual([{ kind: "put", revision: 2, version: 1 }]);
    expect(machine.result("id", "two")).toMatchObject({ why: "reused" });
    expect(machine.result("id", "one")).toMatchObject({ kind: "put" });
    expect(machine.result("id")).toMatchObject({ kind: "put" });
  });

  test("is compared within an entry, and after a snapshot and a restart too", () => {
    const sql = nodeSql();
    const machine = new StateMachine(sql);
    const { results } = machine.apply(1, entry("e1", first, other, command("more", ops.put("c", "1"), { print: "m" })));
    expect(results).toMatchObject([{ kind: "put" }, { why: "reused" }, { kind: "put" }]);
    for (const at of [copyOf(machine), new StateMachine(sql)]) {
      if (at !== "refused") expect(at.apply(2, entry("e2", other)).results).toMatchObject([{ why: "reused" }]);
    }
  });

  test("comes before expiry in the order of checks, and an id without one matches any", () => {
    const machine = new StateMachine(nodeSql(), { exactlyOnceSlots: 2 });
    machine.apply(1, entry("e1", first, command("bare", ops.put("x", "1"))));
    const late = { ...other, birth: 9 };
    const results = machine.apply(2, entry("e2", late, command("bare", ops.put("y", "1"), { print: "p" }))).results;
    expect(results).toMatchObject([{ why: "reused" }, { kind: "put", revision: 3 }]);
  });

  test("counts from level 1 on: at level 0 a repeat has the first result, as it had before", () => {
    const machine = new StateMachine(nodeSql());
    machine.apply(1, oldEntry("e0", command("old", ops.put("o", "1"))));
    machine.apply(2, entry("e1", first));
    expect(machine.apply(3, entry("e2", other)).results).toMatchObject([{ kind: "put", revision: 3 }]);
  });
});
