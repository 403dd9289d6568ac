import { describe, expect, test } from "vitest";
import type { Command } from "../../src/state/command.ts";
import type { RestoredVersion, RestoreOp } from "../../src/state/ops/restore.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor } from "../../src/state/snapshot.ts";
import { systemKey } from "../../src/state/system-space.ts";
import { versionId } from "../../src/state/version.ts";
import { bytes, Drive, ops } from "./drive.ts";
import { nodeSql } from "./node-sql.ts";

const JUMP = 2 ** 20;

function step(one: RestoreOp["step"], restore = "r"): RestoreOp {
  return { kind: "restore", restore, step: one };
}

function version(key: string | Uint8Array, revision: number, more: Partial<RestoredVersion> = {}): RestoredVersion {
  return {
    id: versionId(revision, 0, false),
    key: typeof key === "string" ? bytes(key) : key,
    created: revision,
    version: 1,
    lease: null,
    type: null,
    actor: null,
    time: null,
    value: bytes(`value of ${revision}`),
    ...more,
  };
}

function chunk(index: number, more: Partial<Extract<RestoreOp["step"], { kind: "chunk" }>>): RestoreOp {
  return step({ kind: "chunk", index, versions: [], leases: [], proposals: [], ...more });
}

/** A machine whose namespace has begun, at the level that has restores. */
function fresh(): Drive {
  return new Genesis();
}

class Genesis extends Drive {
  override entry(...commands: readonly Command[]) {
    const slot = this.nextSlot;
    return this.machine.apply(slot, { id: `entry-${slot}`, genesis: 1, commands });
  }
}

function whyNot(drive: Drive, op: RestoreOp): string | undefined {
  const result = drive.run(op);
  return result.kind === "refused" ? result.why : undefined;
}

function restored(): Drive {
  const drive = fresh();
  drive.run(step({ kind: "begin", revision: 100 }));
  drive.run(chunk(0, { versions: [version("a", 7), version("b", 90, { version: 3, created: 20, lease: "5" })] }));
  drive.run(chunk(1, { leases: [{ lease: "5", ttl: 60 }] }));
  drive.run(chunk(2, { proposals: [{ key: bytes("p"), value: bytes("won"), type: null, request: "x" }] }));
  drive.run(step({ kind: "end", chunks: 3, content: drive.machine.content }));
  return drive;
}

describe("a restored store", () => {
  test("has the keys as they were, and goes on from revisions that nobody has seen", () => {
    const drive = restored();
    expect(drive.machine.isRestoring).toBe(false);
    expect(drive.get("a")).toMatchObject({ modRevision: 7, createRevision: 7, version: 1 });
    expect(drive.get("b")).toMatchObject({ modRevision: 90, createRevision: 20, version: 3, lease: "5" });
    expect(drive.run(ops.put("a", "new"))).toMatchObject({ kind: "put", revision: 100 + JUMP + 1, version: 2 });
    expect(drive.get("a")).toMatchObject({ createRevision: 7, version: 2 });
  });

  test("counts all revisions before as compacted", () => {
    const drive = restored();
    expect(drive.machine.compactRevision).toBe(100 + JUMP);
    expect(drive.machine.events(2, 100 + JUMP, 10, 1_000)).toMatchObject({ kind: "refused", why: "compacted" });
    expect(drive.machine.query(ops.range("a", undefined, { revision: 50 }))).toMatchObject({ why: "compacted" });
  });

  test("has its leases with their keys, and its proposals", () => {
    const drive = restored();
    expect(drive.machine.query({ kind: "proposal", key: bytes("p") })).toMatchObject({
      chosen: { value: bytes("won") },
    });
    expect(drive.run({ kind: "lease-revoke", lease: "5" })).toMatchObject({ deleted: 1 });
    expect(drive.get("b")).toBe(undefined);
  });

  test("forgets what was superseded, as any other", () => {
    const drive = restored();
    drive.run(ops.put("a", "new"));
    drive.run({ kind: "compact", revision: drive.machine.revision });
    while (drive.machine.compactStep());
    expect(drive.pairs("a", "z")).toEqual(["a=new", "b=value of 90"]);
    expect(drive.sql.exec("SELECT count(*) AS count FROM history")).toEqual([{ count: 2 }]);
  });

  test("moves the policy revision when documents came with it, so that what was permitted before is asked again", () => {
    const drive = fresh();
    drive.run(step({ kind: "begin", revision: 10 }));
    drive.run(chunk(0, { versions: [version(systemKey("policy/roles/reader"), 3)] }));
    drive.run(step({ kind: "end", chunks: 1, content: drive.machine.content }));
    expect(drive.machine.policyRevision).toBe(10 + JUMP);
    expect(drive.run(ops.put("a", "1"))).toMatchObject({ kind: "refused", why: "policy-changed" });
  });
});

describe("until it is whole", () => {
  test("nothing can be written or read, and nothing is kept of what was asked", () => {
    const drive = fresh();
    drive.run(step({ kind: "begin", revision: 100 }));
    drive.run(chunk(0, { versions: [version("a", 7)] }));
    const command = drive.command(ops.put("a", "mine"));
    expect(drive.entry(command).results).toMatchObject([{ kind: "refused", why: "restoring" }]);
    expect(drive.machine.query(ops.range("a"))).toMatchObject({ kind: "refused", why: "restoring" });
    drive.run(step({ kind: "end", chunks: 1, content: drive.machine.content }));
    expect(drive.entry({ ...command, birth: drive.nextSlot }).results).toMatchObject([{ kind: "put", version: 2 }]);
  });

  test("it is not let in with another content, or with a chunk missing", () => {
    const drive = fresh();
    drive.run(step({ kind: "begin", revision: 100 }));
    drive.run(chunk(0, { versions: [version("a", 7)] }));
    expect(whyNot(drive, step({ kind: "end", chunks: 1, content: "0".repeat(64) }))).toBe("restore-conflict");
    expect(whyNot(drive, step({ kind: "end", chunks: 2, content: drive.machine.content }))).toBe("restore-conflict");
    expect(drive.machine.isRestoring).toBe(true);
  });

  test("a run that broke off is told where to go on, and a chunk that comes twice counts once", () => {
    const drive = fresh();
    drive.run(step({ kind: "begin", revision: 100 }));
    const first = chunk(0, { versions: [version("a", 7)] });
    expect(drive.run(first)).toMatchObject({ next: 1 });
    const content = drive.machine.content;
    drive.reopen();
    expect(drive.run(step({ kind: "begin", revision: 100 }))).toMatchObject({ kind: "restore", next: 1 });
    expect(drive.run(first)).toMatchObject({ next: 1 });
    expect(drive.machine.content).toBe(content);
  });

  test("another restore, a chunk that is not due, or one that does not fit is refused whole", () => {
    const drive = fresh();
    drive.run(step({ kind: "begin", revision: 100 }));
    drive.run(chunk(0, { versions: [version("b", 50)], leases: [{ lease: "5", ttl: 9 }] }));
    const { content } = drive.machine;
    const misfits: readonly RestoreOp[] = [
      step({ kind: "begin", revision: 100 }, "other"),
      step({ kind: "chunk", index: 1, versions: [], leases: [], proposals: [] }, "other"),
      chunk(2, {}),
      chunk(1, { versions: [version("c", 60), version("d", 60)] }),
      chunk(1, { versions: [version("c", 49)] }),
      chunk(1, { versions: [version("c", 101)] }),
      chunk(1, { versions: [version("b", 60)] }),
      chunk(1, { versions: [version("c", 60), version("c", 61)] }),
      chunk(1, { versions: [version("c", 60, { id: versionId(60, 0, true) })] }),
      chunk(1, { versions: [version("c".repeat(1_025), 60)] }),
      chunk(1, { leases: [{ lease: "5", ttl: 9 }] }),
      chunk(1, { leases: [{ lease: "0", ttl: 9 }] }),
    ];
    for (const op of misfits) expect(whyNot(drive, op)).toBe("restore-conflict");
    expect(drive.machine.content).toBe(content);
  });

  test("a snapshot taken in the middle, read while more comes, gives the same state", () => {
    const drive = fresh();
    drive.run(step({ kind: "begin", revision: 100 }));
    drive.run(chunk(0, { versions: [version("a", 7)] }));
    const head = drive.machine.snapshotHead();
    const second = drive.command(chunk(1, { versions: [version("b", 8)] }));
    drive.entry(second);
    const other = new Genesis(nodeSql());
    expect(other.machine.installBegin(head)).toBe(true);
    for (let at: SnapshotCursor | null = SNAPSHOT_FIRST; at !== null; ) {
      const page = drive.machine.snapshotPage(head, at);
      if (page.kind === "stale") throw new Error("stale");
      other.machine.installPage(page);
      at = page.next;
    }
    expect(other.machine.installFinish()).toBe(true);
    other.entry(second);
    expect(other.machine.isRestoring).toBe(true);
    expect(other.machine.content).toBe(drive.machine.content);
    const last = drive.command(step({ kind: "end", chunks: 2, content: other.machine.content }));
    expect(other.entry(last).results).toEqual(drive.entry(last).results);
    expect(other.machine.digest).toBe(drive.machine.digest);
    expect(other.pairs("a", "z")).toEqual(["a=value of 7", "b=value of 8"]);
  });
});

describe("a restore begins", () => {
  test("only where nothing was ever written", () => {
    for (const before of [ops.put("a", "1"), { kind: "lease-grant", lease: "5", ttl: 9 } as const]) {
      const drive = fresh();
      drive.run(before);
      expect(whyNot(drive, step({ kind: "begin", revision: 100 }))).toBe("restore-conflict");
    }
    expect(whyNot(restored(), step({ kind: "begin", revision: 100 }))).toBe("restore-conflict");
  });

  test("only where revisions are left", () => {
    expect(whyNot(fresh(), step({ kind: "begin", revision: 2 ** 32 - JUMP + 1 }))).toBe("restore-conflict");
    expect(whyNot(fresh(), step({ kind: "begin", revision: 2 ** 32 - JUMP }))).toBe(undefined);
  });
});
