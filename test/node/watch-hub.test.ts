import { describe, expect, test } from "vitest";
import { ops } from "../state/drive.ts";
import { key, prefix, WatchHarness } from "./watch-harness.ts";

const ALL = prefix("");

describe("a watch", () => {
  test("tells what was, then what is, each event once and whole revisions only", () => {
    const harness = new WatchHarness();
    harness.run(ops.put("a", "1"));
    const socket = harness.open({ ...ALL, from: 1 });
    const txn = { kind: "txn", compare: [], success: [ops.put("a", "2"), ops.put("b", "2")], failure: [] } as const;
    harness.runAll([txn, ops.put("c", "3")]);
    expect(socket.frames.map(({ type, revision }) => [type, revision])).toEqual([
      ["created", 2],
      ["events", 2],
      ["events", 4],
    ]);
    expect(socket.events()).toEqual(["a=1@2", "a=2@3", "b=2@3", "c=3@4"]);
  });

  test("of a revision to come begins there", () => {
    const harness = new WatchHarness();
    const socket = harness.open({ ...ALL, from: 4 });
    for (const value of ["2", "3"]) harness.run(ops.put("a", value));
    harness.runAll([ops.put("a", "4"), ops.put("a", "5")]);
    expect(socket.events()).toEqual(["a=4@4", "a=5@5"]);
  });

  test("in the middle of an entry gets its part of it", () => {
    const harness = new WatchHarness();
    const [early, late] = [harness.open({ ...ALL, from: 1 }), harness.open({ ...ALL, from: 3 })];
    harness.runAll([ops.put("a", "2"), ops.put("a", "3")]);
    expect([early.events(), late.events()]).toEqual([["a=2@2", "a=3@3"], ["a=3@3"]]);
  });

  test("of a key, of a prefix and of an interval gets what is in it", () => {
    const harness = new WatchHarness();
    const end = new Uint8Array([0]);
    const sockets = [key("b/1"), prefix("b/"), { ...key("b/2"), end }].map((request) => harness.open(request));
    for (const name of ["a", "b/1", "b/2", "c"]) harness.run(ops.put(name, ""));
    expect(sockets.map((socket) => socket.events())).toEqual([["b/1=@3"], ["b/1=@3", "b/2=@4"], ["b/2=@4", "c=@5"]]);
  });

  test.each([
    ["noPut", ["a@4"]],
    ["noDelete", ["a=1@2", "a=2@3", "a=5@5"]],
  ])("with %s leaves those out, in history too", (filter, expected) => {
    const harness = new WatchHarness();
    const before = harness.open({ ...ALL, [filter]: true });
    for (const op of [ops.put("a", "1"), ops.put("a", "2"), ops.del("a"), ops.put("a", "5")]) harness.run(op);
    const after = harness.open({ ...ALL, [filter]: true, from: 1 });
    expect([before.events(), after.events()]).toEqual([expected, expected]);
  });

  test("with previous values gets them, from memory and from history alike", () => {
    const harness = new WatchHarness();
    const before = harness.open(key("a", { prevKv: true }));
    harness.runAll([ops.put("a", "1"), ops.put("a", "2")]);
    harness.run(ops.del("a"));
    harness.run(ops.put("a", "5"));
    const after = harness.open(key("a", { prevKv: true, from: 1 }));
    for (const socket of [before, after]) {
      const events = socket.frames.flatMap((frame) => (frame.type === "events" ? frame.events : []));
      expect(events.map(({ prev }) => prev?.value)).toEqual([undefined, "1", "2", undefined]);
    }
  });

  test("does not get a previous value that is compacted", () => {
    const harness = new WatchHarness();
    for (const value of ["2", "3", "4"]) harness.run(ops.put("a", value));
    harness.run({ kind: "compact", revision: 3 });
    const socket = harness.open(key("a", { prevKv: true, from: 3 }));
    const [, events] = socket.frames;
    expect(events).toMatchObject({ events: [{ value: "3" }, { value: "4", prev: { value: "3" } }] });
    expect(JSON.stringify(events)).not.toContain('"value":"2"');
  });
});

describe("compaction", () => {
  test("a watch that would start below it is cancelled before it begins, and told where it may start", () => {
    const harness = new WatchHarness();
    for (const value of ["2", "3", "4"]) harness.run(ops.put("a", value));
    harness.run({ kind: "compact", revision: 4 });
    const socket = harness.open({ ...ALL, from: 3 });
    expect(socket.frames).toEqual([{ type: "cancelled", revision: 4, code: "compacted", compact_revision: 4 }]);
    expect(socket.closed).toEqual([4410, "compacted"]);
    expect(harness.open({ ...ALL, from: 4 }).events()).toEqual(["a=4@4"]);
  });

  test("one that is up to date goes on, also after an eviction, however long it had nothing to hear", () => {
    const harness = new WatchHarness();
    const socket = harness.open(key("quiet"));
    for (let index = 0; index < 10; index++) harness.run(ops.put("a", `${index}`));
    harness.run({ kind: "compact", revision: 11 });
    harness.run(ops.put("a", "last"));
    harness.evict();
    harness.run(ops.put("quiet", "!"));
    expect(socket.frames.map(({ type }) => type)).toEqual(["created", "events"]);
  });

  test("one that it overtakes is cancelled", () => {
    const harness = new WatchHarness();
    const socket = harness.open(ALL);
    for (const value of ["2", "3", "4"]) harness.skip(ops.put("a", value));
    harness.skip({ kind: "compact", revision: 4 });
    harness.hub.resume();
    harness.settle();
    expect(socket.frames.at(-1)).toMatchObject({ type: "cancelled", code: "compacted", compact_revision: 4 });
  });
});

describe("a learner that loses its memory", () => {
  test("goes on where each watch was", () => {
    const harness = new WatchHarness();
    const sockets = [harness.open(ALL), harness.open(key("b")), harness.open({ ...ALL, from: 7 })];
    for (let index = 2; index < 12; index++) {
      if (index % 3 === 0) harness.skip(ops.put(index % 2 === 0 ? "a" : "b", `${index}`));
      else harness.run(ops.put(index % 2 === 0 ? "a" : "b", `${index}`));
      if (index % 4 === 0) harness.evict();
    }
    harness.evict();
    const all = Array.from({ length: 10 }, (_, index) => `${index % 2 === 0 ? "a" : "b"}=${index + 2}@${index + 2}`);
    expect(sockets.map((socket) => socket.events())).toEqual([
      all,
      all.filter((text) => text.startsWith("b")),
      all.slice(5),
    ]);
  });

  test("looks through few revisions again, and saves nothing for watches with nothing to hear", () => {
    const harness = new WatchHarness();
    const socket = harness.open(key("quiet"));
    const { saves } = socket;
    for (let index = 0; index < 1000; index++) harness.run(ops.put("a", "x"));
    expect(socket.saves).toBe(saves);
    for (let index = 0; index < 1000; index++) harness.run(ops.put("a", "x"));
    expect(socket.saves).toBe(saves + 1);
    expect(socket.state?.watches[0]?.next).toBeGreaterThan(1000);
  });
});

describe("progress", () => {
  test("is told to those who asked, when there is nothing else to tell", () => {
    const harness = new WatchHarness();
    const [asked, other] = [harness.open(key("a", { progress: true })), harness.open(key("a"))];
    harness.run(ops.put("b", "x"));
    harness.clock.pass(10_000);
    expect(asked.frames.at(-1)).toEqual({ type: "progress", revision: 2, lag_ms: 0 });
    harness.run(ops.put("a", "y"));
    const { length } = asked.frames;
    harness.clock.pass(10_000);
    expect(asked.frames).toHaveLength(length);
    harness.clock.pass(10_000);
    expect(asked.frames.at(-1)).toEqual({ type: "progress", revision: 3, lag_ms: 0 });
    harness.evict();
    harness.clock.pass(10_000);
    expect(asked.frames).toHaveLength(length + 2);
    expect(other.frames.map(({ type }) => type)).toEqual(["created", "events"]);
  });

  test("is not told to a watch that has not begun", () => {
    const harness = new WatchHarness();
    const socket = harness.open(key("a", { progress: true, from: 9 }));
    harness.run(ops.put("b", "x"));
    harness.clock.pass(30_000);
    expect(socket.frames.map(({ type }) => type)).toEqual(["created"]);
  });
});

test("watchers of the same thing share a frame, whoever they are", () => {
  const harness = new WatchHarness();
  const sockets = Array.from({ length: 50 }, () => harness.open(prefix("a", { prevKv: true })));
  const exec = harness.drive.sql.exec.bind(harness.drive.sql);
  let reads = 0;
  Object.assign(harness.drive.sql, {
    exec: (query: string, ...bindings: never[]) => {
      if (/^\s*SELECT/.test(query)) reads += 1;
      return exec(query, ...bindings);
    },
  });
  const entry = harness.drive.entry(harness.drive.command(ops.put("a", "1")));
  reads = 0;
  harness.hub.applied(entry.events);
  expect(reads).toBeLessThan(5);
  expect(sockets.every((socket) => socket.events().length === 1)).toBe(true);
});
