import { describe, expect, test } from "vitest";
import type { Command, Op, Result } from "../../src/state/command.ts";
import { bytes, Drive, ops } from "./drive.ts";

const BOUND = 8;

/** A machine with a small bound, and commands whose id and birth the test chooses. */
function bounded(): {
  drive: Drive;
  at: (slot: number, ...commands: readonly Command[]) => readonly Result[];
} {
  const drive = new Drive(undefined, { exactlyOnceSlots: BOUND });
  return {
    drive,
    at(slot, ...commands) {
      while (drive.nextSlot < slot) drive.entry();
      return drive.entry(...commands).results;
    },
  };
}

function increment(id: string, birth: number, op: Op = ops.put("a", id)): Command {
  return { id, birth, op };
}

describe("a repeat", () => {
  test("gives the first result again and changes nothing", () => {
    const { drive, at } = bounded();
    const [first] = at(1, increment("r", 1));
    at(2, increment("other", 2));
    expect(at(3, increment("r", 1))).toEqual([first]);
    expect(drive.machine.revision).toBe(3);
    expect(drive.machine.result("r")).toEqual(first);
    expect(drive.machine.result("never")).toBeUndefined();
  });

  test("in the same entry too", () => {
    const { drive, at } = bounded();
    const results = at(1, increment("r", 1), increment("r", 1));
    expect(results[1]).toEqual(results[0]);
    expect(drive.machine.revision).toBe(2);
  });

  test("of a refusal is refused again, even if it would now succeed", () => {
    const { drive, at } = bounded();
    const op = ops.put("a", "2", { condition: { kind: "present" } });
    const [refusal] = at(1, increment("r", 1, op));
    at(2, increment("other", 2));
    expect(at(3, increment("r", 1, op))).toEqual([refusal]);
    expect(drive.machine.revision).toBe(2);
  });

  test("of every kind of command answers as the first did", () => {
    const drive = new Drive();
    const commands: readonly Op[] = [
      { kind: "lease-grant", lease: "9223372036854775807", ttl: 60 },
      { ...ops.put("a", "1", { lease: "9223372036854775807", prevKv: true }), contentType: "text/plain" },
      ops.put("a", "2", { prevKv: true }),
      { kind: "txn", compare: [], success: [ops.range("\0", "\0"), ops.del("a", "b", { prevKv: true })], failure: [] },
      { kind: "propose", key: bytes("k"), value: bytes("v"), contentType: "text/plain" },
      { kind: "propose", key: bytes("k"), value: bytes("w") },
      { kind: "lease-keep-alive", lease: "9223372036854775807" },
      { kind: "lease-revoke", lease: "9223372036854775807" },
      { kind: "lease-expire", lease: "1", renewals: 1 },
      { kind: "compact", revision: 2 },
      { kind: "compact", revision: 2 },
    ];
    const entry = commands.map((op) => drive.command(op));
    const first = drive.entry(...entry).results;
    expect(drive.entry(...entry).results).toEqual(first);
    expect(entry.map(({ id }) => drive.machine.result(id))).toEqual(first);
  });

  test("of a result too large to keep is told that it took effect; of a large refusal, why", () => {
    const drive = new Drive();
    const large = "x".repeat(70_000);
    drive.run(ops.put("a", large));
    const effect = drive.command(ops.put("a", large, { prevKv: true }));
    const refusal = drive.command(ops.put("a", "", { condition: { kind: "absent" } }));
    const chosen = drive.command({ kind: "propose", key: bytes("k"), value: bytes(large) });
    const first = drive.entry(effect, refusal, chosen).results;
    const again = drive.entry(effect, refusal, chosen).results;
    expect(again[0]).toEqual({ kind: "applied-before", revision: 3 });
    expect(again[1]).toMatchObject({ why: "condition-failed", current: { modRevision: 3, value: bytes("") } });
    expect(again[2]).toEqual(first[2]);
  });
});

describe("the bound", () => {
  test("at slot s a command has an effect as long as s <= birth + B", () => {
    expect(bounded().at(1 + BOUND, increment("r", 1))).toMatchObject([{ kind: "put" }]);
    const { drive, at } = bounded();
    expect(at(2 + BOUND, increment("r", 1))).toEqual([{ kind: "refused", why: "expired", revision: 1 }]);
    expect(drive.machine.result("r")).toBeUndefined();
  });

  test("and as long as birth <= s + B; a later slot may then be near enough", () => {
    expect(bounded().at(1, increment("r", 1 + BOUND))).toMatchObject([{ kind: "put" }]);
    const { at } = bounded();
    expect(at(1, increment("r", 2 + BOUND))).toMatchObject([{ why: "expired" }]);
    expect(at(2, increment("r", 2 + BOUND))).toMatchObject([{ kind: "put" }]);
  });

  test("an id is kept until the slot where it was last seen + 2B, exactly, wherever in its table it is", () => {
    for (let seen = 1; seen <= 2 * BOUND; seen++) {
      const { drive, at } = bounded();
      const [first] = at(seen, increment("r", seen));
      at(seen + 2 * BOUND);
      expect(drive.machine.result("r")).toEqual(first);
      at(seen + 2 * BOUND + 1);
      expect(drive.machine.result("r")).toBeUndefined();
    }
  });

  test("a repeat extends how long it is kept", () => {
    const { drive, at } = bounded();
    const [first] = at(1, increment("r", 1));
    // Far beyond what its birth would allow for a first effect.
    expect(at(1 + 2 * BOUND, increment("r", 1))).toEqual([first]);
    expect(at(1 + 4 * BOUND, increment("r", 1))).toEqual([first]);
    expect(at(2 + 6 * BOUND, increment("r", 1))).toMatchObject([{ why: "expired" }]);
    expect(drive.machine.revision).toBe(2);
  });

  test("at most one effect for retries whose birth is within B of where it was last seen", () => {
    for (let slot = 2; slot < 60; slot++) {
      for (const birth of [1, 1 + BOUND]) {
        const { drive, at } = bounded();
        at(1, increment("r", 1));
        at(slot, increment("r", birth));
        expect(drive.machine.revision).toBe(2);
      }
    }
  });

  test("what is stored stays bounded under endless commands", () => {
    const { drive } = bounded();
    for (let i = 0; i < 20 * BOUND; i++) drive.run(ops.put("a", String(i)));
    const kept = drive.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name LIKE 'request%'")
      .map(({ name }) => drive.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${name}`)[0]?.n ?? 0)
      .reduce((sum, n) => sum + n, 0);
    expect(kept).toBeGreaterThanOrEqual(2 * BOUND);
    expect(kept).toBeLessThanOrEqual(3 * BOUND);
  });
});
