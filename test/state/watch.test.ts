import { describe, expect, test } from "vitest";
import type { EventFilter } from "../../src/state/event.ts";
import { bytes, Drive, eventText, ops, text, why } from "./drive.ts";

function read(drive: Drive, from: number, to: number, eventsMax = 100, bytesMax = 1e6, filter: EventFilter = {}) {
  const page = drive.machine.events(from, to, eventsMax, bytesMax, filter);
  if ("kind" in page) throw new Error(page.why);
  return { events: page.events.map(eventText), next: page.next, raw: page.events };
}

function busy(): Drive {
  const drive = new Drive();
  drive.run(ops.put("a", "1"));
  drive.run(ops.put("b", "1"));
  drive.run({
    kind: "txn",
    compare: [],
    success: [ops.put("a", "2"), ops.put("b", "2"), ops.put("c", "2")],
    failure: [],
  });
  drive.run(ops.del("a", "c"));
  return drive;
}

describe("events", () => {
  test("are all changes of the revisions asked for, in order, and where to go on", () => {
    const { events, next } = read(busy(), 1, 99);
    expect(events).toEqual([
      "put a=1@2",
      "put b=1@3",
      "put a=2@4",
      "put b=2@4",
      "put c=2@4",
      "delete a@5",
      "delete b@5",
    ]);
    expect(next).toBe(6);
    expect(read(busy(), 3, 3)).toMatchObject({ events: ["put b=1@3"], next: 4 });
    expect(read(busy(), 6, 99)).toMatchObject({ events: [], next: 6 });
    expect(read(busy(), 9, 99)).toMatchObject({ events: [], next: 9 });
  });

  test("a page has whole revisions, and at least one", () => {
    const drive = busy();
    expect(read(drive, 2, 99, 3)).toMatchObject({ events: ["put a=1@2", "put b=1@3"], next: 4 });
    expect(read(drive, 4, 99, 1)).toMatchObject({ events: ["put a=2@4", "put b=2@4", "put c=2@4"], next: 5 });
    expect(read(drive, 2, 99, 100, 1)).toMatchObject({ events: ["put a=1@2"], next: 3 });
    expect(read(drive, 2, 99, 100, 4)).toMatchObject({ events: ["put a=1@2", "put b=1@3"], next: 4 });
  });

  test("pages of any size add up to everything, each event once", () => {
    const drive = busy();
    const whole = read(drive, 1, 99).events;
    for (const [eventsMax, bytesMax] of [
      [1, 1e6],
      [2, 1e6],
      [3, 5],
      [100, 3],
    ] as const) {
      const events: string[] = [];
      for (let from = 1; from <= drive.machine.revision; ) {
        const page = read(drive, from, 99, eventsMax, bytesMax);
        expect(page.next).toBeGreaterThan(from);
        events.push(...page.events);
        from = page.next;
      }
      expect(events).toEqual(whole);
    }
  });

  test("may be of one key, an interval, or from a key on; skipped revisions count as read", () => {
    const drive = busy();
    expect(read(drive, 1, 99, 9, 1e6, { key: bytes("b") })).toMatchObject({
      events: ["put b=1@3", "put b=2@4", "delete b@5"],
      next: 6,
    });
    expect(read(drive, 1, 99, 9, 1e6, { key: bytes("a"), end: bytes("b") }).events).toEqual([
      "put a=1@2",
      "put a=2@4",
      "delete a@5",
    ]);
    expect(read(drive, 1, 99, 9, 1e6, { key: bytes("b"), end: bytes("\0") }).events).toHaveLength(4);
    expect(read(drive, 1, 99, 1, 1e6, { key: bytes("c") })).toMatchObject({ events: ["put c=2@4"], next: 6 });
  });

  test("carry the key as it was just before the revision, when asked", () => {
    const { raw } = read(busy(), 1, 99, 9, 1e6, { prev: true });
    expect(raw.map((event) => event.prev && text(event.prev.value))).toEqual([
      undefined,
      undefined,
      "1",
      "1",
      undefined,
      "2",
      "2",
    ]);
  });

  test("of a compacted revision are refused with the compacted revision; that one itself is whole", () => {
    const drive = busy();
    drive.run(ops.put("z", "1"));
    drive.run({ kind: "compact", revision: 5 });
    for (const physical of [false, true]) {
      while (physical && drive.machine.compactStep(2));
      expect(drive.machine.events(4, 99, 9, 1e6)).toEqual({
        kind: "refused",
        why: "compacted",
        revision: 6,
        compactRevision: 5,
      });
      expect(read(drive, 5, 99, 9, 1e6, { prev: true }).raw).toEqual([
        { kind: "delete", kv: expect.objectContaining({ key: bytes("a"), modRevision: 5 }) },
        { kind: "delete", kv: expect.objectContaining({ key: bytes("b"), modRevision: 5 }) },
        { kind: "put", kv: expect.objectContaining({ key: bytes("z"), modRevision: 6 }) },
      ]);
    }
  });
});

describe("compaction", () => {
  test("refuses reads below it, and what was compacted or does not exist yet", () => {
    const drive = busy();
    expect(why(drive.run({ kind: "compact", revision: 6 }))).toBe("future-revision");
    expect(drive.run({ kind: "compact", revision: 4 })).toEqual({ kind: "compact", revision: 5 });
    expect(drive.machine.compactRevision).toBe(4);
    expect(why(drive.machine.query(ops.range("a", "z", { revision: 3 })))).toBe("compacted");
    expect(drive.pairs("a", "z", { revision: 4 })).toEqual(["a=2", "b=2", "c=2"]);
    expect(why(drive.run({ kind: "compact", revision: 4 }))).toBe("compacted");
    expect(why(drive.run({ kind: "compact", revision: 2 }))).toBe("compacted");
    expect(drive.run({ kind: "compact", revision: 5 }).kind).toBe("compact");
  });

  test("deletes in bounded steps what was superseded, and keeps the newest of every key", () => {
    const drive = new Drive();
    for (let round = 0; round < 10; round++) {
      for (const key of ["a", "b", "c", "d"]) drive.run(ops.put(key, String(round)));
    }
    drive.run(ops.del("d"));
    drive.run(ops.put("e", "1"));
    drive.run({ kind: "compact", revision: drive.machine.revision });
    const stored = () => drive.sql.exec<{ n: number }>("SELECT count(*) AS n FROM history")[0]?.n;
    const indexed = () => drive.sql.exec<{ n: number }>("SELECT count(*) AS n FROM version")[0]?.n;
    expect(stored()).toBe(42);
    let steps = 0;
    for (let more = true; more; steps++) {
      const before = stored() ?? 0;
      more = drive.machine.compactStep(5);
      expect(before - (stored() ?? 0)).toBeLessThanOrEqual(2 * 5);
      expect(drive.pairs("\0", "\0")).toEqual(["a=9", "b=9", "c=9", "e=1"]);
    }
    expect(steps).toBeGreaterThan(8);
    expect([stored(), indexed()]).toEqual([4, 4]);
    expect(drive.machine.compactStep(5)).toBe(false);
  });

  test("a second one in the middle of the first leaves no more than one alone", () => {
    const drives = [new Drive(), new Drive()] as const;
    for (const drive of drives) {
      for (let round = 0; round < 10; round++) {
        for (const key of ["a", "b"]) drive.run(ops.put(key, String(round)));
        drive.run({ kind: "txn", compare: [], success: [ops.del("a"), ops.put("c", "1")], failure: [] });
      }
    }
    const [twice, once] = drives;
    twice.run({ kind: "compact", revision: 12 });
    twice.machine.compactStep(7);
    for (const drive of drives) {
      drive.run({ kind: "compact", revision: 28 });
      while (drive.machine.compactStep(3));
    }
    const rows = (drive: Drive) => drive.sql.exec("SELECT * FROM history ORDER BY id");
    expect(rows(twice)).toEqual(rows(once));
    expect(rows(once).length).toBeLessThan(10);
  });

  test("shows nowhere but in what is refused: history looks the same before and after the rows are gone", () => {
    const drive = new Drive();
    for (const value of ["1", "2", "3"]) drive.run(ops.put("a", value));
    drive.run(ops.put("b", "1"));
    drive.run(ops.del("b"));
    drive.run(ops.put("a", "4"));
    const history = (key: string) => {
      const result = drive.machine.query({ kind: "history", key: bytes(key), limit: 10 });
      return result.kind === "history" ? result.versions.map(eventText) : [];
    };
    drive.run({ kind: "compact", revision: 7 });
    const before = [history("a"), history("b")];
    expect(before).toEqual([["put a=4@7"], []]);
    while (drive.machine.compactStep(1));
    expect([history("a"), history("b")]).toEqual(before);
  });

  test("history keeps the version that was the state at the compacted revision", () => {
    const drive = new Drive();
    for (const value of ["1", "2"]) drive.run(ops.put("a", value));
    drive.run(ops.put("b", "1"));
    drive.run(ops.put("a", "3"));
    drive.run({ kind: "compact", revision: 4 });
    for (const physical of [false, true]) {
      while (physical && drive.machine.compactStep(1));
      const result = drive.machine.query({ kind: "history", key: bytes("a"), limit: 10 });
      expect(result.kind === "history" && result.versions.map(eventText)).toEqual(["put a=3@5", "put a=2@3"]);
    }
  });
});

describe("a page of the events of many keys", () => {
  const BUSY = { key: bytes("busy/"), end: bytes("busy0") };
  const RARE = { key: bytes("rare/"), end: bytes("rare0") };

  /** Two changes of rare keys with 5,000 of others between them, and as many before. */
  function crowded(): Drive {
    const drive = new Drive();
    const others = (name: string) => {
      for (let batch = 0; batch < 50; batch++) {
        const success = Array.from({ length: 100 }, (_, index) => ops.put(`busy/${name}-${batch}-${index}`, ""));
        drive.run({ kind: "txn", compare: [], success, failure: [] });
      }
    };
    drive.run(ops.put("rare/1", ""));
    others("first");
    drive.run(ops.put("rare/2", ""));
    return drive;
  }

  test("ends after so many changes of other keys, and the next goes on", () => {
    const drive = crowded();
    const { revision } = drive.machine;
    const found: string[] = [];
    let pages = 0;
    for (let next = 1; next <= revision; pages++) {
      const page = drive.machine.events(next, revision, 10_000, 1e9, { ...BUSY, split: true });
      if ("kind" in page) throw new Error(page.kind);
      found.push(...page.events.map(eventText));
      next = page.next;
    }
    expect([found.length, pages]).toEqual([5_000, 2]);
  });

  test("finds the few of an interval with few versions at once", () => {
    const { machine } = crowded();
    const page = machine.events(1, machine.revision, 10, 1e6, RARE);
    if ("kind" in page) throw new Error(page.kind);
    expect([page.events.map(eventText), page.next]).toEqual([
      ["put rare/1=@2", "put rare/2=@53"],
      machine.revision + 1,
    ]);
  });
});
