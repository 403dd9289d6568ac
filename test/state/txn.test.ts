import { describe, expect, test } from "vitest";
import type { Compare, TxnOp, TxnPart } from "../../src/state/command.ts";
import { ANSWER_BYTES_MAX, ANSWER_BYTES_MAX_BEFORE } from "../../src/state/limits.ts";
import { LEVEL_DOCUMENTS } from "../../src/state/system-space.ts";
import { bytes, Drive, eventText, ops, pair, why } from "./drive.ts";

function txn(compare: readonly Compare[], success: readonly TxnPart[], failure: readonly TxnPart[] = []): TxnOp {
  return { kind: "txn", compare, success, failure };
}

function when(key: string, target: Compare["target"], result: Compare["result"] = "equal", end?: string): Compare {
  return { key: bytes(key), result, target, ...(end === undefined ? {} : { end: bytes(end) }) };
}

function holds(drive: Drive, ...compare: readonly Compare[]): boolean {
  const result = drive.run(txn(compare, []));
  if (result.kind !== "txn") throw new Error(result.kind);
  return result.succeeded;
}

describe("comparisons", () => {
  test("of an existing key, by every target and relation", () => {
    const drive = new Drive();
    drive.run({ kind: "lease-grant", lease: "9223372036854775807", ttl: 60 });
    drive.run(ops.put("x", ""));
    drive.run(ops.put("a", "1"));
    drive.run(ops.put("a", "5", { lease: "9223372036854775807" }));
    const targets = (by: number): readonly Compare["target"][] => [
      { kind: "version", value: 2 + by },
      { kind: "create", value: 3 + by },
      { kind: "mod", value: 4 + by },
      { kind: "value", value: bytes(String(5 + by)) },
    ];
    for (const target of targets(0)) {
      expect([target.kind, holds(drive, when("a", target))]).toEqual([target.kind, true]);
      expect(holds(drive, when("a", target, "not-equal"))).toBe(false);
      expect(holds(drive, when("a", target, "less"))).toBe(false);
      expect(holds(drive, when("a", target, "greater"))).toBe(false);
    }
    for (const target of targets(1)) expect(holds(drive, when("a", target, "less"))).toBe(true);
    for (const target of targets(-1)) expect(holds(drive, when("a", target, "greater"))).toBe(true);
    expect(holds(drive, when("a", { kind: "lease", value: "9223372036854775807" }))).toBe(true);
    expect(holds(drive, when("a", { kind: "lease", value: "9223372036854775806" }))).toBe(false);
    expect(holds(drive, when("a", { kind: "lease", value: "9223372036854775806" }, "greater"))).toBe(true);
  });

  test("of an absent key: numbers are 0, and a value never compares, not even as not equal", () => {
    const drive = new Drive();
    for (const kind of ["version", "create", "mod"] as const) {
      expect(holds(drive, when("a", { kind, value: 0 }))).toBe(true);
      expect(holds(drive, when("a", { kind, value: 0 }, "greater"))).toBe(false);
      expect(holds(drive, when("a", { kind, value: 1 }, "less"))).toBe(true);
    }
    expect(holds(drive, when("a", { kind: "lease", value: "0" }))).toBe(true);
    expect(holds(drive, when("a", { kind: "value", value: bytes("") }))).toBe(false);
    expect(holds(drive, when("a", { kind: "value", value: bytes("x") }, "not-equal"))).toBe(false);
  });

  test("of a range: every key must match; an empty range is as an absent key", () => {
    const drive = new Drive();
    drive.run(ops.put("a1", "x"));
    drive.run(ops.put("a2", "x"));
    drive.run(ops.put("a2", "y"));
    expect(holds(drive, when("a", { kind: "create", value: 0 }, "greater", "b"))).toBe(true);
    expect(holds(drive, when("a", { kind: "version", value: 1 }, "equal", "b"))).toBe(false);
    expect(holds(drive, when("a", { kind: "value", value: bytes("z") }, "less", "b"))).toBe(true);
    expect(holds(drive, when("a", { kind: "mod", value: 1 }, "greater", "\0"))).toBe(true);
    expect(holds(drive, when("b", { kind: "version", value: 0 }, "equal", "c"))).toBe(true);
    expect(holds(drive, when("b", { kind: "value", value: bytes("") }, "equal", "c"))).toBe(false);
  });

  test("all must hold; none always hold", () => {
    const drive = new Drive();
    const [yes, no] = [when("a", { kind: "version", value: 0 }), when("a", { kind: "version", value: 1 })];
    expect(holds(drive)).toBe(true);
    expect(holds(drive, yes, yes)).toBe(true);
    expect(holds(drive, yes, no)).toBe(false);
  });
});

describe("operations", () => {
  test("run on the branch taken, in order, in one revision", () => {
    const drive = new Drive();
    const { results, events } = drive.entry(
      drive.command(txn([], [ops.put("a", "1"), ops.put("b", "2")], [ops.put("c", "3")])),
      drive.command(
        txn([when("a", { kind: "version", value: 0 })], [ops.put("x", "1")], [ops.del("a"), ops.put("c", "3")]),
      ),
    );
    expect(results).toMatchObject([
      { kind: "txn", revision: 2, succeeded: true, parts: [{ kind: "put", revision: 2 }, { revision: 2 }] },
      { kind: "txn", revision: 3, succeeded: false, parts: [{ kind: "delete", deleted: 1 }, { version: 1 }] },
    ]);
    expect(events.map(eventText)).toEqual(["put a=1@2", "put b=2@2", "delete a@3", "put c=3@3"]);
  });

  test("that change nothing move no revision", () => {
    const drive = new Drive();
    drive.run(ops.put("a", "1"));
    expect(drive.run(txn([], [ops.del("x"), ops.range("a")]))).toMatchObject({ revision: 2 });
    expect(drive.run(txn([], []))).toEqual({ kind: "txn", revision: 2, succeeded: true, parts: [] });
  });

  test("a range sees the changes before it, and its revision; one at a revision sees that", () => {
    const drive = new Drive();
    drive.run(ops.put("a", "1"));
    const result = drive.run(
      txn([], [ops.range("a"), ops.put("a", "2"), ops.range("a"), ops.range("a", undefined, { revision: 2 })]),
    );
    if (result.kind !== "txn") throw new Error(result.kind);
    const ranges = result.parts.flatMap((part) => (part.kind === "range" ? [part] : []));
    expect(ranges.map((range) => [range.revision, ...range.kvs.map(pair)])).toEqual([
      [2, "a=1"],
      [3, "a=2"],
      [3, "a=1"],
    ]);
  });

  test("nested transactions compare with the state before all of them", () => {
    const drive = new Drive();
    const inner = txn([when("a", { kind: "version", value: 0 })], [ops.put("then", "")], [ops.put("else", "")]);
    const result = drive.run(txn([], [ops.put("a", "1"), inner, ops.put("last", "")]));
    expect(result).toMatchObject({ succeeded: true, parts: [{}, { kind: "txn", succeeded: true, revision: 2 }, {}] });
    expect(drive.range("\0", "\0").kvs.map((kv) => pair(kv))).toEqual(["a=1", "last=", "then="]);
    expect(drive.machine.revision).toBe(2);
  });
});

describe("all or nothing", () => {
  test("a refusal anywhere on the path leaves everything as it was", () => {
    const drive = new Drive();
    drive.run(ops.put("a", "1"));
    const put = ops.put("b", "1");
    const nested = (part: TxnPart) => drive.run(txn([], [put, txn([], [part])]));
    expect(why(nested(ops.put("c", "1", { lease: "5" })))).toBe("lease-not-found");
    expect(why(nested({ ...ops.put("c", ""), ignoreValue: true }))).toBe("key-not-found");
    expect(why(nested(ops.range("a", undefined, { revision: 3 })))).toBe("future-revision");
    expect(why(nested(ops.put("a", "2", { condition: { kind: "absent" } })))).toBe("condition-failed");
    drive.run({ kind: "compact", revision: 2 });
    expect(why(nested(ops.range("a", undefined, { revision: 1 })))).toBe("compacted");
    expect(drive.machine.revision).toBe(2);
    expect(drive.pairs("\0", "\0")).toEqual(["a=1"]);
  });

  test("what is not on the path is not asked", () => {
    const drive = new Drive();
    expect(drive.run(txn([], [], [ops.put("c", "1", { lease: "5" })]))).toMatchObject({ succeeded: true });
    expect(drive.run(txn([], [], [ops.range("a", undefined, { revision: 9 })]))).toMatchObject({ succeeded: true });
  });

  test("but contradictions count on both branches", () => {
    const drive = new Drive();
    expect(why(drive.run(txn([], [], [{ ...ops.put("c", "1"), ignoreValue: true }])))).toBe("value-provided");
    expect(why(drive.run(txn([], [], [{ ...ops.put("c", "1", { lease: "5" }), ignoreLease: true }])))).toBe(
      "lease-provided",
    );
    expect(why(drive.run(txn([], [], [ops.put("a", "1"), ops.put("a", "2")])))).toBe("duplicate-key");
  });

  test.each([
    [0, ANSWER_BYTES_MAX_BEFORE],
    [LEVEL_DOCUMENTS, ANSWER_BYTES_MAX],
  ])(
    "answers over level %i's byte limit refuse the whole transaction, and nothing of the entry is lost",
    (level, max) => {
      const drive = new Drive();
      if (level > 0) drive.run({ kind: "raise", level });
      const large = new Uint8Array(1_048_576);
      drive.run({ kind: "put", key: bytes("large"), value: large });
      const many = Array.from({ length: max / large.length }, () => ops.range("large"));
      const { results } = drive.entry(
        drive.command(ops.put("before", "1")),
        drive.command(txn([], [ops.put("inside", "1"), ...many])),
        drive.command(ops.put("after", "1")),
      );
      expect(results.map((result) => (result.kind === "refused" ? result.why : result.kind))).toEqual([
        "put",
        "answer-too-large",
        "put",
      ]);
      expect(drive.pairs("a", "c")).toEqual(["after=1", "before=1"]);
      expect(drive.get("inside")).toBeUndefined();
      expect(drive.machine.revision).toBe(4);
    },
  );
});

describe("a key put twice in one transaction", () => {
  const put = ops.put("b", "1");
  const refused: Readonly<Record<string, TxnOp>> = {
    "twice in one list": txn([], [put, ops.put("b", "2")]),
    "put and deleted": txn([], [ops.del("b"), put]),
    "put and deleted, in the other order": txn([], [put, ops.del("b")]),
    "put and deleted by an interval": txn([], [ops.del("a", "c"), put]),
    "put here and in a nested branch that may not run": txn([], [put, txn([], [], [put])]),
    "put in two nested transactions": txn([], [txn([], [put]), txn([], [put])]),
    "deleted here and put in a nested one": txn([], [ops.del("b"), txn([], [put])]),
    "deleted in a nested one and put here": txn([], [txn([], [ops.del("b")]), put]),
    "deleted in a nested one and put in the next": txn([], [txn([], [ops.del("b")]), txn([], [put])]),
  };
  test.each(Object.entries(refused))("%s: refused", (_, op) => {
    const drive = new Drive();
    expect(why(drive.run(op))).toBe("duplicate-key");
    expect(drive.machine.revision).toBe(1);
  });

  const allowed: Readonly<Record<string, TxnOp>> = {
    "in each branch": txn([], [put], [put]),
    "in each branch of a nested one": txn([], [txn([], [put], [put])]),
    "deleted twice": txn([], [ops.del("b"), ops.del("a", "c")]),
    "beside an interval that ends before it": txn([], [ops.del("a", "b"), put]),
    "with an open-ended delete, which etcd does not see": txn([], [ops.del("a", "\0"), put]),
    "in a nested one before a nested delete, which etcd does not see": txn(
      [],
      [txn([], [put]), txn([], [ops.del("b")])],
    ),
  };
  test.each(Object.entries(allowed))("%s: allowed", (_, op) => {
    const drive = new Drive();
    drive.run(ops.put("b", "0"));
    expect(drive.run(op).kind).toBe("txn");
  });

  test("a put that would keep what the same transaction has deleted refuses all of it", () => {
    const drive = new Drive();
    drive.run(ops.put("b", "0"));
    for (const keep of [{ ignoreValue: true }, { ignoreLease: true }]) {
      expect(why(drive.run(txn([], [ops.del("a", "\0"), { ...ops.put("b", ""), ...keep }])))).toBe("key-not-found");
    }
    expect(drive.pairs("b")).toEqual(["b=0"]);
    expect(drive.machine.revision).toBe(2);
  });

  test("a key changed twice in one revision ends as the last change left it, and both are events", () => {
    const drive = new Drive();
    drive.run(ops.put("b", "0"));
    const first = drive.entry(drive.command(txn([], [ops.del("a", "\0"), put])));
    expect(first.events.map(eventText)).toEqual(["delete b@3", "put b=1@3"]);
    expect(drive.get("b")).toMatchObject({ createRevision: 3, version: 1 });
    const second = drive.entry(drive.command(txn([], [txn([], [ops.put("b", "2")]), txn([], [ops.del("b")])])));
    expect(second.events.map(eventText)).toEqual(["put b=2@4", "delete b@4"]);
    expect(drive.get("b")).toBeUndefined();
    expect(drive.pairs("b", undefined, { revision: 3 })).toEqual(["b=1"]);
  });
});
