import { describe, expect, test } from "vitest";
import { bytes, Drive, eventText, ops, pair, text, why } from "./drive.ts";

function filled(): Drive {
  const drive = new Drive();
  for (const key of ["a", "b", "c", "d"]) drive.run(ops.put(key, `${key}1`));
  return drive;
}

describe("revisions", () => {
  test("the empty store is at revision 1, and every command that changes something is one more", () => {
    const drive = new Drive();
    expect(drive.machine.revision).toBe(1);
    expect(drive.run(ops.put("a", "1")).revision).toBe(2);
    expect(drive.run(ops.put("a", "1")).revision).toBe(3);
  });

  test("a delete that deletes nothing moves no revision", () => {
    const drive = filled();
    expect(drive.run(ops.del("x"))).toEqual({ kind: "delete", revision: 5, deleted: 0 });
    expect(drive.run(ops.del("x", "z"))).toEqual({ kind: "delete", revision: 5, deleted: 0 });
    expect(drive.machine.revision).toBe(5);
  });

  test("a delete of many keys is one revision, with one event for each key in key order", () => {
    const drive = filled();
    const { results, events } = drive.entry(drive.command(ops.del("b", "d")));
    expect(results).toEqual([{ kind: "delete", revision: 6, deleted: 2 }]);
    expect(events.map(eventText)).toEqual(["delete b@6", "delete c@6"]);
  });
});

describe("keys", () => {
  test("create_revision stays, mod_revision and version move with each put", () => {
    const drive = new Drive();
    drive.run(ops.put("a", "1"));
    drive.run(ops.put("b", "1"));
    expect(drive.run(ops.put("a", "2"))).toEqual({ kind: "put", revision: 4, version: 2 });
    expect(drive.get("a")).toEqual({
      key: bytes("a"),
      value: bytes("2"),
      createRevision: 2,
      modRevision: 4,
      version: 2,
      lease: "0",
    });
  });

  test("a key that is deleted and put again begins anew", () => {
    const drive = new Drive();
    drive.run(ops.put("a", "1"));
    drive.run(ops.put("a", "2"));
    drive.run(ops.del("a"));
    expect(drive.get("a")).toBeUndefined();
    drive.run(ops.put("a", "3"));
    expect(drive.get("a")).toMatchObject({ createRevision: 5, modRevision: 5, version: 1 });
  });

  test("values may be empty, and any bytes; the content type stays with the value", () => {
    const drive = new Drive();
    const value = Uint8Array.from({ length: 256 }, (_, index) => index);
    drive.run({ kind: "put", key: value, value: new Uint8Array(0) });
    drive.run({ kind: "put", key: bytes("a"), value, contentType: "image/png" });
    expect(drive.machine.query({ kind: "range", key: value })).toMatchObject({ kvs: [{ value: new Uint8Array(0) }] });
    expect(drive.get("a")).toMatchObject({ value, contentType: "image/png" });
    drive.run(ops.put("a", "plain"));
    expect(drive.get("a")).not.toHaveProperty("contentType");
  });

  test("prev_kv answers with the key as it was", () => {
    const drive = filled();
    expect(drive.run(ops.put("a", "2", { prevKv: true }))).toMatchObject({ prev: { value: bytes("a1"), version: 1 } });
    expect(drive.run(ops.put("new", "1", { prevKv: true }))).not.toHaveProperty("prev");
    const deleted = drive.run(ops.del("a", "c", { prevKv: true }));
    expect(deleted.kind === "delete" && deleted.prev?.map(pair)).toEqual(["a=2", "b=b1"]);
  });

  test("ignore_value keeps the value and its type, ignore_lease the lease; the key must exist", () => {
    const drive = new Drive();
    drive.run({ kind: "lease-grant", lease: "7", ttl: 60 });
    drive.run({ ...ops.put("a", "1", { lease: "7" }), contentType: "text/plain" });
    drive.run({ ...ops.put("a", ""), ignoreValue: true });
    expect(drive.get("a")).toMatchObject({ value: bytes("1"), lease: "0", contentType: "text/plain", version: 2 });
    drive.run(ops.put("a", "2", { lease: "7" }));
    drive.run({ ...ops.put("a", "3"), ignoreLease: true });
    expect(drive.get("a")).toMatchObject({ value: bytes("3"), lease: "7" });
    expect(why(drive.run({ ...ops.put("x", ""), ignoreValue: true }))).toBe("key-not-found");
    expect(why(drive.run({ ...ops.put("x", "1"), ignoreLease: true }))).toBe("key-not-found");
    expect(why(drive.run({ ...ops.put("a", "1"), ignoreValue: true }))).toBe("value-provided");
    expect(why(drive.run({ ...ops.put("a", "1", { lease: "7" }), ignoreLease: true }))).toBe("lease-provided");
    expect(drive.machine.revision).toBe(5);
  });
});

describe("native conditions", () => {
  test("absent: only the first of two creators wins, and the other is told what is there", () => {
    const drive = new Drive();
    const create = (value: string) => ops.put("a", value, { condition: { kind: "absent" } });
    expect(drive.run(create("1")).kind).toBe("put");
    expect(drive.run(create("2"))).toEqual({
      kind: "refused",
      why: "condition-failed",
      revision: 2,
      current: { key: bytes("a"), value: bytes("1"), createRevision: 2, modRevision: 2, version: 1, lease: "0" },
    });
    drive.run(ops.del("a"));
    expect(drive.run(create("3")).kind).toBe("put");
  });

  test("present and mod-revision fail on a key that does not exist, without a current key", () => {
    const drive = new Drive();
    const refusal = { kind: "refused", why: "condition-failed", revision: 1 };
    expect(drive.run(ops.put("a", "1", { condition: { kind: "present" } }))).toEqual(refusal);
    expect(drive.run(ops.put("a", "1", { condition: { kind: "mod-revision", anyOf: [1] } }))).toEqual(refusal);
    expect(drive.run(ops.del("a", undefined, { condition: { kind: "present" } }))).toEqual(refusal);
  });

  test("mod-revision: any of the named revisions will do", () => {
    const drive = new Drive();
    drive.run(ops.put("a", "1"));
    expect(drive.run(ops.put("a", "2", { condition: { kind: "mod-revision", anyOf: [9, 2] } })).kind).toBe("put");
    expect(why(drive.run(ops.put("a", "3", { condition: { kind: "mod-revision", anyOf: [9, 2] } })))).toBe(
      "condition-failed",
    );
    expect(why(drive.run(ops.del("a", undefined, { condition: { kind: "mod-revision", anyOf: [2] } })))).toBe(
      "condition-failed",
    );
    expect(drive.run(ops.del("a", undefined, { condition: { kind: "mod-revision", anyOf: [3] } }))).toMatchObject({
      deleted: 1,
    });
  });
});

describe("ranges", () => {
  test("an interval is half open; no end is the one key; a zero byte is from key on; two are everything", () => {
    const drive = filled();
    expect(drive.pairs("b")).toEqual(["b=b1"]);
    expect(drive.pairs("b", "d")).toEqual(["b=b1", "c=c1"]);
    expect(drive.pairs("b", "")).toEqual(["b=b1"]);
    expect(drive.pairs("c", "\0")).toEqual(["c=c1", "d=d1"]);
    expect(drive.pairs("\0", "\0")).toEqual(["a=a1", "b=b1", "c=c1", "d=d1"]);
    expect(drive.pairs("d", "b")).toEqual([]);
    expect(drive.pairs("aa", "b")).toEqual([]);
  });

  test("keys are ordered byte by byte, a prefix before what it begins", () => {
    const drive = new Drive();
    for (const key of [[255], [97, 0], [97], [97, 255], [98]]) {
      drive.run({ kind: "put", key: Uint8Array.from(key), value: bytes("") });
    }
    expect(drive.range("\0", "\0").kvs.map((kv) => [...kv.key])).toEqual([[97], [97, 0], [97, 255], [98], [255]]);
  });

  test("a read at a revision sees the store as it was", () => {
    const drive = filled();
    drive.run(ops.put("a", "a2"));
    drive.run(ops.del("b"));
    expect(drive.pairs("a", "z")).toEqual(["a=a2", "c=c1", "d=d1"]);
    expect(drive.pairs("a", "z", { revision: 3 })).toEqual(["a=a1", "b=b1"]);
    expect(drive.pairs("a", "z", { revision: 6 })).toEqual(["a=a2", "b=b1", "c=c1", "d=d1"]);
    expect(drive.range("a", "z", { revision: 3 }).revision).toBe(7);
    expect(drive.pairs("a", "z", { revision: 1 })).toEqual([]);
    expect(why(drive.machine.query(ops.range("a", "z", { revision: 8 })))).toBe("future-revision");
  });

  test("a limit cuts, more says so, and count knows no limit and no filter", () => {
    const drive = filled();
    expect(drive.range("a", "z", { limit: 2 })).toMatchObject({ more: true, count: 4 });
    expect(drive.pairs("a", "z", { limit: 2 })).toEqual(["a=a1", "b=b1"]);
    expect(drive.range("a", "z", { limit: 4 })).toMatchObject({ more: false, count: 4 });
    expect(drive.range("a", "z", { minModRevision: 4 })).toMatchObject({ more: false, count: 4 });
    expect(drive.range("a", "z", { limit: 2, uncounted: true })).toMatchObject({ more: true, count: 2 });
  });

  test("count only and keys only", () => {
    const drive = filled();
    expect(drive.range("a", "z", { countOnly: true, limit: 1 })).toEqual({
      kind: "range",
      revision: 5,
      kvs: [],
      more: false,
      count: 4,
    });
    expect(drive.pairs("a", "c", { keysOnly: true })).toEqual(["a=", "b="]);
  });

  test("min and max of mod and create revision filter before the limit", () => {
    const drive = filled();
    drive.run(ops.put("a", "a2"));
    expect(drive.pairs("a", "z", { minModRevision: 4 })).toEqual(["a=a2", "c=c1", "d=d1"]);
    expect(drive.pairs("a", "z", { maxModRevision: 4 })).toEqual(["b=b1", "c=c1"]);
    expect(drive.pairs("a", "z", { minCreateRevision: 3, maxCreateRevision: 4 })).toEqual(["b=b1", "c=c1"]);
    expect(drive.range("a", "z", { minModRevision: 4, limit: 2 })).toMatchObject({ more: true });
  });

  test("sorts by every target both ways, ties by key", () => {
    const drive = new Drive();
    for (const [key, value] of ["c1", "a2", "b3", "a1", "c0"].map((put) => [put.charAt(0), put.charAt(1)])) {
      drive.run(ops.put(key ?? "", value ?? ""));
    }
    const order = (sortBy: "key" | "version" | "create" | "mod" | "value", sortOrder: "ascend" | "descend") =>
      drive
        .range("a", "z", { sortBy, sortOrder })
        .kvs.map((kv) => text(kv.key))
        .join("");
    expect(order("key", "ascend")).toBe("abc");
    expect(order("key", "descend")).toBe("cba");
    expect(order("version", "ascend")).toBe("bac");
    expect(order("version", "descend")).toBe("acb");
    expect(order("create", "ascend")).toBe("cab");
    expect(order("create", "descend")).toBe("bac");
    expect(order("mod", "ascend")).toBe("bac");
    expect(order("mod", "descend")).toBe("cab");
    expect(order("value", "ascend")).toBe("cab");
    expect(order("value", "descend")).toBe("bac");
  });

  test("keys only can still be sorted by value", () => {
    const drive = new Drive();
    for (const put of ["a2", "b3", "c1"]) drive.run(ops.put(put.charAt(0), put));
    const range = { sortBy: "value", sortOrder: "descend", keysOnly: true, limit: 2 } as const;
    drive.run(ops.put("a", "9"));
    expect(drive.pairs("a", "z", range)).toEqual(["c=", "b="].toSorted().toReversed());
    drive.run(ops.put("a", "d"));
    expect(drive.pairs("a", "z", range)).toEqual(["a=", "c="]);
  });

  test("a target without an order sorts what the limit let through, an order sorts all, as in etcd", () => {
    const drive = new Drive();
    for (const key of ["d", "c", "b", "a"]) drive.run(ops.put(key, ""));
    expect(drive.pairs("a", "z", { sortBy: "create", limit: 2 })).toEqual(["c=", "b="]);
    expect(drive.pairs("a", "z", { sortBy: "create", sortOrder: "ascend", limit: 2 })).toEqual(["d=", "c="]);
  });

  test("descending pages by key need no more than their keys", () => {
    const drive = filled();
    expect(drive.pairs("a", "z", { sortOrder: "descend", limit: 2 })).toEqual(["d=d1", "c=c1"]);
    expect(drive.pairs("b", "d", { sortOrder: "descend" })).toEqual(["c=c1", "b=b1"]);
    expect(drive.pairs("b", "\0", { sortOrder: "descend", limit: 1 })).toEqual(["d=d1"]);
  });
});

describe("history of a key", () => {
  test("newest first, in pages, deletes included", () => {
    const drive = new Drive();
    for (const value of ["1", "2"]) drive.run(ops.put("a", value));
    drive.run(ops.del("a"));
    drive.run(ops.put("a", "3"));
    const first = drive.machine.query({ kind: "history", key: bytes("a"), limit: 3 });
    if (first.kind !== "history") throw new Error(first.kind);
    expect(first.versions.map(eventText)).toEqual(["put a=3@5", "delete a@4", "put a=2@3"]);
    expect(first.more).toBe(true);
    expect(drive.machine.query({ kind: "history", key: bytes("a"), limit: 3, before: 3 })).toMatchObject({
      versions: [{ kind: "put", kv: { modRevision: 2 } }],
      more: false,
    });
  });
});

describe("proposals", () => {
  test("the first value is chosen for ever, everyone is told it, and the revision does not move", () => {
    const drive = new Drive();
    const propose = (value: string) => ({ kind: "propose", key: bytes("k"), value: bytes(value) }) as const;
    expect(drive.run(propose("red"))).toEqual({
      kind: "propose",
      revision: 1,
      value: bytes("red"),
      won: true,
      slot: 1,
    });
    expect(drive.run(propose("blue"))).toMatchObject({ value: bytes("red"), won: false, slot: 1 });
    expect(drive.run(propose("red"))).toMatchObject({ won: false });
    expect(drive.machine.query({ kind: "proposal", key: bytes("k") })).toEqual({
      kind: "proposal",
      revision: 1,
      chosen: { value: bytes("red"), slot: 1 },
    });
    expect(drive.machine.query({ kind: "proposal", key: bytes("x") })).toEqual({ kind: "proposal", revision: 1 });
  });

  test("are a key space of their own", () => {
    const drive = new Drive();
    drive.run({ kind: "propose", key: bytes("k"), value: bytes("1"), contentType: "text/plain" });
    expect(drive.get("k")).toBeUndefined();
    drive.run(ops.put("k", "2"));
    drive.run(ops.del("\0", "\0"));
    expect(drive.machine.query({ kind: "proposal", key: bytes("k") })).toMatchObject({
      chosen: { value: bytes("1"), contentType: "text/plain" },
    });
  });
});
