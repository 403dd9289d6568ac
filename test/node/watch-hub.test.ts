import { describe, expect, test } from "vitest";
import { ops } from "../state/drive.ts";
import { key, prefix, Room } from "./watch-room.ts";

const ALL = prefix("");

describe("a watch", () => {
  test("tells what was, then what is, each event once and whole revisions only", () => {
    const room = new Room();
    room.run(ops.put("a", "1"));
    const seat = room.open({ ...ALL, from: 1 });
    const txn = { kind: "txn", compare: [], success: [ops.put("a", "2"), ops.put("b", "2")], failure: [] } as const;
    room.runAll([txn, ops.put("c", "3")]);
    expect(seat.frames.map(({ type, revision }) => [type, revision])).toEqual([
      ["created", 2],
      ["events", 2],
      ["events", 4],
    ]);
    expect(seat.events()).toEqual(["a=1@2", "a=2@3", "b=2@3", "c=3@4"]);
  });

  test("of a revision to come begins there", () => {
    const room = new Room();
    const seat = room.open({ ...ALL, from: 4 });
    for (const value of ["2", "3"]) room.run(ops.put("a", value));
    room.runAll([ops.put("a", "4"), ops.put("a", "5")]);
    expect(seat.events()).toEqual(["a=4@4", "a=5@5"]);
  });

  test("in the middle of an entry gets its part of it", () => {
    const room = new Room();
    const [early, late] = [room.open({ ...ALL, from: 1 }), room.open({ ...ALL, from: 3 })];
    room.runAll([ops.put("a", "2"), ops.put("a", "3")]);
    expect([early.events(), late.events()]).toEqual([["a=2@2", "a=3@3"], ["a=3@3"]]);
  });

  test("of a key, of a prefix and of an interval gets what is in it", () => {
    const room = new Room();
    const end = new Uint8Array([0]);
    const seats = [key("b/1"), prefix("b/"), { ...key("b/2"), end }].map((request) => room.open(request));
    for (const name of ["a", "b/1", "b/2", "c"]) room.run(ops.put(name, ""));
    expect(seats.map((seat) => seat.events())).toEqual([["b/1=@3"], ["b/1=@3", "b/2=@4"], ["b/2=@4", "c=@5"]]);
  });

  test.each([
    ["noPut", ["a@4"]],
    ["noDelete", ["a=1@2", "a=2@3", "a=5@5"]],
  ])("with %s leaves those out, in history too", (filter, expected) => {
    const room = new Room();
    const before = room.open({ ...ALL, [filter]: true });
    for (const op of [ops.put("a", "1"), ops.put("a", "2"), ops.del("a"), ops.put("a", "5")]) room.run(op);
    const after = room.open({ ...ALL, [filter]: true, from: 1 });
    expect([before.events(), after.events()]).toEqual([expected, expected]);
  });

  test("with previous values gets them, from memory and from history alike", () => {
    const room = new Room();
    const before = room.open(key("a", { prevKv: true }));
    room.runAll([ops.put("a", "1"), ops.put("a", "2")]);
    room.run(ops.del("a"));
    room.run(ops.put("a", "5"));
    const after = room.open(key("a", { prevKv: true, from: 1 }));
    for (const seat of [before, after]) {
      const events = seat.frames.flatMap((frame) => (frame.type === "events" ? frame.events : []));
      expect(events.map(({ prev }) => prev?.value)).toEqual([undefined, "1", "2", undefined]);
    }
  });

  test("does not get a previous value that is compacted", () => {
    const room = new Room();
    for (const value of ["2", "3", "4"]) room.run(ops.put("a", value));
    room.run({ kind: "compact", revision: 3 });
    const seat = room.open(key("a", { prevKv: true, from: 3 }));
    const [, events] = seat.frames;
    expect(events).toMatchObject({ events: [{ value: "3" }, { value: "4", prev: { value: "3" } }] });
    expect(JSON.stringify(events)).not.toContain('"value":"2"');
  });
});

describe("compaction", () => {
  test("a watch that would start below it is cancelled before it begins, and told where it may start", () => {
    const room = new Room();
    for (const value of ["2", "3", "4"]) room.run(ops.put("a", value));
    room.run({ kind: "compact", revision: 4 });
    const seat = room.open({ ...ALL, from: 3 });
    expect(seat.frames).toEqual([{ type: "cancelled", revision: 4, code: "compacted", compact_revision: 4 }]);
    expect(seat.closed).toEqual([4410, "compacted"]);
    expect(room.open({ ...ALL, from: 4 }).events()).toEqual(["a=4@4"]);
  });

  test("one that is up to date goes on, also after an eviction, however long it had nothing to hear", () => {
    const room = new Room();
    const seat = room.open(key("quiet"));
    for (let index = 0; index < 10; index++) room.run(ops.put("a", `${index}`));
    room.run({ kind: "compact", revision: 11 });
    room.run(ops.put("a", "last"));
    room.evict();
    room.run(ops.put("quiet", "!"));
    expect(seat.frames.map(({ type }) => type)).toEqual(["created", "events"]);
  });

  test("one that it overtakes is cancelled", () => {
    const room = new Room();
    const seat = room.open(ALL);
    for (const value of ["2", "3", "4"]) room.skip(ops.put("a", value));
    room.skip({ kind: "compact", revision: 4 });
    room.hub.resume();
    room.settle();
    expect(seat.frames.at(-1)).toMatchObject({ type: "cancelled", code: "compacted", compact_revision: 4 });
  });
});

describe("a learner that loses its memory", () => {
  test("goes on where each watch was", () => {
    const room = new Room();
    const seats = [room.open(ALL), room.open(key("b")), room.open({ ...ALL, from: 7 })];
    for (let index = 2; index < 12; index++) {
      if (index % 3 === 0) room.skip(ops.put(index % 2 === 0 ? "a" : "b", `${index}`));
      else room.run(ops.put(index % 2 === 0 ? "a" : "b", `${index}`));
      if (index % 4 === 0) room.evict();
    }
    room.evict();
    const all = Array.from({ length: 10 }, (_, index) => `${index % 2 === 0 ? "a" : "b"}=${index + 2}@${index + 2}`);
    expect(seats.map((seat) => seat.events())).toEqual([all, all.filter((text) => text.startsWith("b")), all.slice(5)]);
  });

  test("looks through few revisions again, and saves nothing for watches with nothing to hear", () => {
    const room = new Room();
    const seat = room.open(key("quiet"));
    const { saves } = seat;
    for (let index = 0; index < 1000; index++) room.run(ops.put("a", "x"));
    expect(seat.saves).toBe(saves);
    for (let index = 0; index < 1000; index++) room.run(ops.put("a", "x"));
    expect(seat.saves).toBe(saves + 1);
    expect(seat.state?.watches[0]?.next).toBeGreaterThan(1000);
  });
});

describe("progress", () => {
  test("is told to those who asked, when there is nothing else to tell", () => {
    const room = new Room();
    const [asked, other] = [room.open(key("a", { progress: true })), room.open(key("a"))];
    room.run(ops.put("b", "x"));
    room.clock.pass(10_000);
    expect(asked.frames.at(-1)).toEqual({ type: "progress", revision: 2 });
    room.run(ops.put("a", "y"));
    const { length } = asked.frames;
    room.clock.pass(10_000);
    expect(asked.frames).toHaveLength(length);
    room.clock.pass(10_000);
    expect(asked.frames.at(-1)).toEqual({ type: "progress", revision: 3 });
    room.evict();
    room.clock.pass(10_000);
    expect(asked.frames).toHaveLength(length + 2);
    expect(other.frames.map(({ type }) => type)).toEqual(["created", "events"]);
  });

  test("is not told to a watch that has not begun", () => {
    const room = new Room();
    const seat = room.open(key("a", { progress: true, from: 9 }));
    room.run(ops.put("b", "x"));
    room.clock.pass(30_000);
    expect(seat.frames.map(({ type }) => type)).toEqual(["created"]);
  });
});

test("watchers of the same thing share a frame, whoever they are", () => {
  const room = new Room();
  const seats = Array.from({ length: 50 }, () => room.open(prefix("a", { prevKv: true })));
  const exec = room.drive.sql.exec.bind(room.drive.sql);
  let reads = 0;
  Object.assign(room.drive.sql, {
    exec: (query: string, ...bindings: never[]) => {
      if (/^\s*SELECT/.test(query)) reads += 1;
      return exec(query, ...bindings);
    },
  });
  const entry = room.drive.entry(room.drive.command(ops.put("a", "1")));
  reads = 0;
  room.hub.applied(entry.events);
  expect(reads).toBeLessThan(5);
  expect(seats.every((seat) => seat.events().length === 1)).toBe(true);
});
