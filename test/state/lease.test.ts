import { describe, expect, test } from "vitest";
import { LEASE_TTL_SECONDS_MAX } from "../../src/api/limits.ts";
import { LEVEL_DOCUMENTS } from "../../src/state/system-space.ts";
import { bytes, Drive, eventText, ops, text, why } from "./drive.ts";

const grant = (lease: string, ttl = 60) => ({ kind: "lease-grant", lease, ttl }) as const;
const keepAlive = (lease: string) => ({ kind: "lease-keep-alive", lease }) as const;
const revoke = (lease: string) => ({ kind: "lease-revoke", lease }) as const;
const expire = (lease: string, renewals: number) => ({ kind: "lease-expire", lease, renewals }) as const;

function keys(drive: Drive, lease: string): readonly string[] {
  const result = drive.machine.query({ kind: "lease", lease, keys: { limit: 1_000 } });
  return result.kind === "lease" ? result.keys.map(text) : [why(result)];
}

describe("granting", () => {
  test("moves no revision; the id must be new, and may be granted again once it is gone", () => {
    const drive = new Drive();
    expect(drive.run(grant("7"))).toEqual({ kind: "lease-grant", revision: 1, lease: "7", ttl: 60 });
    expect(why(drive.run(grant("7")))).toBe("lease-exists");
    drive.run(revoke("7"));
    expect(drive.run(grant("7")).kind).toBe("lease-grant");
  });

  test("a TTL too short is raised, one too long refused, as in etcd", () => {
    const drive = new Drive();
    expect(drive.run(grant("1", 0))).toMatchObject({ ttl: 2 });
    expect(drive.run(grant("2", -5))).toMatchObject({ ttl: 2 });
    expect(drive.run(grant("3", LEASE_TTL_SECONDS_MAX)).kind).toBe("lease-grant");
    expect(why(drive.run(grant("4", LEASE_TTL_SECONDS_MAX + 1)))).toBe("lease-ttl-too-large");
    expect(why(drive.run(grant("5", Number.NaN)))).toBe("lease-ttl-too-large");
    expect(why(drive.run(grant("0")))).toBe("lease-not-found");
  });

  test("leases are listed in order of their text, ids of 64 bits included", () => {
    const drive = new Drive();
    for (const lease of ["9223372036854775807", "10", "9", "9223372036854775806"]) drive.run(grant(lease));
    expect(drive.machine.query({ kind: "leases", limit: 10 })).toEqual({
      kind: "leases",
      revision: 1,
      leases: ["10", "9", "9223372036854775806", "9223372036854775807"],
      more: false,
    });
    const page = { kind: "leases", limit: 2, after: "10" } as const;
    expect(drive.machine.query(page)).toMatchObject({ leases: ["9", "9223372036854775806"], more: true });
  });
});

describe("keys of a lease", () => {
  test("are those whose newest version was put with it", () => {
    const drive = new Drive();
    for (const lease of ["1", "2"]) drive.run(grant(lease));
    for (const key of ["b", "a", "c"]) drive.run(ops.put(key, "", { lease: "1" }));
    expect(keys(drive, "1")).toEqual(["a", "b", "c"]);
    drive.run(ops.put("a", "", { lease: "2" }));
    drive.run(ops.put("b", ""));
    drive.run(ops.del("c"));
    expect(keys(drive, "1")).toEqual([]);
    expect(keys(drive, "2")).toEqual(["a"]);
    expect(drive.machine.query({ kind: "lease", lease: "2" })).toMatchObject({ keys: [] });
  });

  test("a put with a lease that is not held is refused", () => {
    const drive = new Drive();
    expect(why(drive.run(ops.put("a", "1", { lease: "1" })))).toBe("lease-not-found");
    expect(keys(drive, "1")).toEqual(["lease-not-found"]);
  });
});

describe("ending", () => {
  test("revoking deletes the keys in key order and one revision", () => {
    const drive = new Drive();
    drive.run(grant("1"));
    for (const key of ["b", "a"]) drive.run(ops.put(key, "", { lease: "1" }));
    const { results, events } = drive.entry(drive.command(revoke("1")));
    expect(results).toEqual([{ kind: "lease-revoke", revision: 4, deleted: 2 }]);
    expect(events.map(eventText)).toEqual(["delete a@4", "delete b@4"]);
    expect(why(drive.run(revoke("1")))).toBe("lease-not-found");
    expect(why(drive.run(keepAlive("1")))).toBe("lease-not-found");
  });

  test("of a lease without keys moves no revision", () => {
    const drive = new Drive();
    drive.run(grant("1"));
    expect(drive.run(revoke("1"))).toEqual({ kind: "lease-revoke", revision: 1, deleted: 0 });
  });

  test("expiry takes effect only for the renewal it names, and once", () => {
    const drive = new Drive();
    drive.run(grant("1"));
    drive.run(ops.put("a", "", { lease: "1" }));
    const [first] = drive.machine.leasesHeld();
    expect(first).toMatchObject({ lease: "1", ttl: 60 });
    drive.run(keepAlive("1"));
    const [second] = drive.machine.leasesHeld();
    expect(second?.renewals).not.toBe(first?.renewals);
    expect(drive.run(expire("1", first?.renewals ?? 0))).toEqual({ kind: "lease-expire", revision: 2, deleted: 0 });
    expect(drive.get("a")).toBeDefined();
    expect(drive.run(expire("1", second?.renewals ?? 0))).toEqual({ kind: "lease-expire", revision: 3, deleted: 1 });
    expect(drive.run(expire("1", second?.renewals ?? 0))).toEqual({ kind: "lease-expire", revision: 3, deleted: 0 });
    expect(drive.get("a")).toBeUndefined();
    expect(drive.machine.leasesHeld()).toEqual([]);
  });

  test("nothing is kept of an expiry's request, from the level of documents on", () => {
    for (const level of [0, LEVEL_DOCUMENTS]) {
      const drive = new Drive();
      if (level > 0) drive.run({ kind: "raise", level });
      drive.run(grant("1"));
      const command = drive.command(expire("1", drive.machine.leasesHeld()[0]?.renewals ?? 0));
      drive.entry(command);
      expect([drive.machine.leasesHeld(), drive.machine.result(command.id)?.kind]).toEqual([
        [],
        level > 0 ? undefined : "lease-expire",
      ]);
      // The same command once more does nothing.
      drive.run(grant("1"));
      drive.entry(command);
      expect(drive.machine.leasesHeld()).toHaveLength(1);
    }
  });

  test("an expiry meant for a lease that was revoked and granted again does nothing", () => {
    const drive = new Drive();
    drive.run(grant("1"));
    const stale = drive.machine.leasesHeld()[0]?.renewals ?? 0;
    drive.run(revoke("1"));
    drive.run(grant("1"));
    drive.run(ops.put("a", "", { lease: "1" }));
    expect(drive.run(expire("1", stale))).toMatchObject({ deleted: 0 });
    expect(keys(drive, "1")).toEqual(["a"]);
  });

  test("keep-alive answers with the TTL granted", () => {
    const drive = new Drive();
    drive.run(grant("1", 33));
    expect(drive.run(keepAlive("1"))).toEqual({ kind: "lease-keep-alive", revision: 1, lease: "1", ttl: 33 });
    expect(drive.machine.query({ kind: "lease", lease: "1" })).toMatchObject({ grantedTtl: 33, renewals: 2 });
  });
});

test("the keys that go with an ended lease are watched like any other delete", () => {
  const drive = new Drive();
  drive.run(grant("1"));
  drive.run(ops.put("a", "v", { lease: "1" }));
  drive.run(revoke("1"));
  const page = drive.machine.events(3, 3, 10, 1000, { prev: true });
  expect(page).toMatchObject({ events: [{ kind: "delete", prev: { value: bytes("v"), lease: "1" } }], next: 4 });
});
