import { describe, expect, test } from "vitest";
import { ops } from "../state/drive.ts";
import { type FakeSocket, key, prefix, WatchHarness } from "./watch-harness.ts";

const ALL = prefix("");
const KIB = 1024;
const LIMITS = { windowBytes: 64 * KIB, pageBytesMax: 8 * KIB, heldBytesMax: 512 * KIB, cachedBytesMax: 16 * KIB };
const VALUE = "v".repeat(4 * KIB);
/** Enough events of that size to fill a window twice and a half. */
const MANY = (2.5 * LIMITS.windowBytes) / VALUE.length;
/** One more frame than the window takes. */
const OVER = LIMITS.windowBytes + 2 * LIMITS.pageBytesMax;

const chars = (socket: FakeSocket) => socket.texts.reduce((sum, text) => sum + text.length, 0);
const revisions = (socket: FakeSocket) => socket.events().map((text) => Number(text.slice(text.lastIndexOf("@") + 1)));
const upTo = (last: number) => Array.from({ length: last - 1 }, (_, index) => index + 2);

function filled(harness: WatchHarness, count = MANY): void {
  for (let index = 0; index < count; index++) harness.run(ops.put("a", VALUE));
}

describe("a watcher that acknowledges nothing", () => {
  test("is sent a window and no more, and is dropped when it stays silent", () => {
    const harness = new WatchHarness(LIMITS);
    const socket = harness.open(ALL);
    filled(harness);
    harness.clock.pass(29_000);
    expect(chars(socket)).toBeGreaterThan(LIMITS.windowBytes * 0.9);
    expect(chars(socket)).toBeLessThan(OVER);
    expect(socket.closed).toBeUndefined();
    harness.clock.pass(2_000);
    expect(socket.closed).toEqual([4429, "too-slow"]);
    const last = revisions(socket).at(-1) ?? 0;
    expect(revisions(socket)).toEqual(upTo(last));
    expect(socket.state?.watches[0]?.next).toBe(last + 1);
  });

  test("does not keep others waiting, and one with nothing to hear is left alone", () => {
    const harness = new WatchHarness(LIMITS);
    const [slow, other] = [harness.open(ALL), harness.open(key("b"))];
    filled(harness);
    harness.run(ops.put("b", "x"));
    expect(other.events()).toHaveLength(1);
    harness.clock.pass(60_000);
    expect([slow.closed?.[0], other.closed]).toEqual([4429, undefined]);
  });

  test("gets no more by pings, which prove nothing", () => {
    const harness = new WatchHarness(LIMITS);
    const socket = harness.open(ALL);
    filled(harness);
    for (let second = 0; second < 29; second++) {
      harness.say(socket, "ping");
      harness.clock.pass(1_000);
    }
    expect(chars(socket)).toBeLessThan(OVER);
  });

  test("gets no more by tokens that it was never sent", () => {
    const harness = new WatchHarness(LIMITS);
    const socket = harness.open(ALL);
    filled(harness);
    for (let guess = 0; guess < 100; guess++) harness.say(socket, { type: "ack", ack: `${guess}` });
    harness.clock.pass(10_000);
    expect(chars(socket)).toBeLessThan(OVER);
  });
});

describe("a watcher that acknowledges", () => {
  test("gets everything, as fast as it takes it and never more than a window ahead", () => {
    const harness = new WatchHarness(LIMITS);
    const socket = harness.open({ ...ALL, from: 1 });
    filled(harness);
    for (let taken = 0; taken < socket.texts.length; ) {
      const waiting = socket.texts.slice(taken);
      expect(waiting.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(OVER + LIMITS.windowBytes / 4);
      taken = socket.texts.length;
      harness.acknowledge(socket);
      harness.settle();
    }
    expect(revisions(socket)).toEqual(upTo(harness.drive.machine.revision));
    harness.run(ops.put("b", "live"));
    expect(socket.events().at(-1)).toContain("b=live");
  });

  test("slowly is never dropped", () => {
    const harness = new WatchHarness(LIMITS);
    const socket = harness.open({ ...ALL, from: 1 });
    filled(harness);
    for (let round = 0; round < 10; round++) {
      harness.clock.pass(29_000);
      harness.acknowledge(socket);
    }
    harness.clock.pass(1_000);
    expect(socket.closed).toBeUndefined();
    expect(revisions(socket)).toEqual(upTo(harness.drive.machine.revision));
  });
});

describe("the memory that all watchers share", () => {
  test("is never exceeded by more than a frame, however many take nothing", () => {
    const harness = new WatchHarness(LIMITS);
    const sockets = Array.from({ length: 200 }, () => harness.open(ALL));
    let mostHeld = 0;
    for (let index = 0; index < MANY; index++) {
      filled(harness, 1);
      harness.settle();
      mostHeld = Math.max(mostHeld, harness.hub.budget.held);
    }
    // It is used, and it is kept to.
    expect(mostHeld).toBeGreaterThan(LIMITS.heldBytesMax * 0.9);
    expect(mostHeld).toBeLessThan(LIMITS.heldBytesMax + LIMITS.pageBytesMax + KIB);
    expect(sockets.reduce((sum, socket) => sum + chars(socket), 0)).toBeLessThan(LIMITS.heldBytesMax * 1.1);
  });

  test("is free again when they are gone", () => {
    const harness = new WatchHarness({ ...LIMITS, cachedBytesMax: 0 });
    const sockets = Array.from({ length: 10 }, () => harness.open(ALL));
    filled(harness);
    harness.settle();
    expect(harness.hub.budget.held).toBeGreaterThan(LIMITS.heldBytesMax / 2);
    for (const socket of sockets) harness.leave(socket);
    harness.hub.resume();
    expect(harness.hub.budget.held).toBe(0);
  });

  test("goes to a watcher that reads, though others hold all of it: those that hold most are dropped", () => {
    const harness = new WatchHarness(LIMITS);
    const idle = Array.from({ length: 60 }, () => harness.open(ALL));
    filled(harness);
    harness.settle();
    const reader = harness.open({ ...ALL, from: 1 });
    for (let second = 0; second < 120; second++) {
      harness.clock.pass(1_000);
      harness.acknowledge(reader);
    }
    expect(reader.closed).toBeUndefined();
    expect(revisions(reader)).toEqual(upTo(harness.drive.machine.revision));
    expect(idle.filter(({ closed }) => closed?.[0] === 4429).length).toBeGreaterThan(10);
  });

  test("goes to those who wait, from those who hold it and want no more", () => {
    const harness = new WatchHarness(LIMITS);
    const sockets = Array.from({ length: 140 }, () => harness.open(ALL));
    filled(harness, 1);
    harness.clock.pass(1_000);
    const waiting = sockets.filter((socket) => socket.events().length === 0);
    expect(waiting.length).toBeGreaterThan(0);
    harness.clock.pass(60_000);
    expect(waiting.map((socket) => socket.events().length)).toEqual(waiting.map(() => 1));
  });

  test("is shared evenly by those that take what they get at the same pace", () => {
    const harness = new WatchHarness({ ...LIMITS, heldBytesMax: 160 * KIB });
    const sockets = Array.from({ length: 8 }, () => harness.open({ ...ALL, from: 1 }));
    filled(harness);
    for (let round = 0; round < 400; round++) {
      harness.clock.pass(500);
      for (const socket of sockets) harness.acknowledge(socket);
    }
    for (const socket of sockets) expect(revisions(socket)).toEqual(upTo(harness.drive.machine.revision));
  });
});

describe("a revision that is larger than a frame", () => {
  const whole = (socket: FakeSocket) =>
    socket.frames.flatMap((frame) =>
      frame.type === "events" ? [[frame.revision, frame.more, frame.events.length]] : [],
    );

  test("is told in parts, of which only the last moves the cursor", () => {
    const harness = new WatchHarness(LIMITS);
    for (const name of ["1", "2", "3", "4", "5"]) harness.run(ops.put(`k${name}`, VALUE));
    const [live, idle] = [harness.open({ ...ALL, prevKv: true }), harness.open(ALL)];
    harness.run(ops.del("k", "l"));
    harness.settle();
    expect(whole(live).map(([revision, more]) => [revision, more])).toEqual([
      [7, true],
      [7, true],
      [7, true],
      [7, true],
      [7, undefined],
    ]);
    expect(live.events()).toEqual(["k1@7", "k2@7", "k3@7", "k4@7", "k5@7"]);
    expect(whole(idle)).toEqual([[7, undefined, 5]]);
    harness.run(ops.put("z", "after"));
    expect(live.events().at(-1)).toBe("z=after@8");
  });

  test("goes on with the next part after an eviction", () => {
    const harness = new WatchHarness({ ...LIMITS, windowBytes: 1, pageEventsMax: 2 });
    for (const name of ["1", "2", "3", "4", "5"]) harness.run(ops.put(`k${name}`, VALUE));
    const socket = harness.open({ ...ALL, prevKv: true, from: 7 });
    harness.skip(ops.del("k", "l"));
    harness.hub.resume();
    for (let part = 0; part < 6; part++) {
      harness.evict();
      harness.acknowledge(socket);
      harness.settle();
    }
    expect(socket.events()).toEqual(["k1@7", "k2@7", "k3@7", "k4@7", "k5@7"]);
    expect(whole(socket).at(-1)?.[1]).toBeUndefined();
  });

  test("ends with an empty part where nothing wanted is left of it", () => {
    const harness = new WatchHarness({ pageEventsMax: 2 });
    harness.run({
      kind: "txn",
      compare: [],
      success: [ops.put("a", "1"), ops.put("b", "1"), ops.put("c", "1")],
      failure: [],
    });
    const mixed = {
      kind: "txn",
      compare: [],
      success: [ops.del("a"), ops.del("b"), ops.put("c", "2")],
      failure: [],
    } as const;
    const socket = harness.open({ ...ALL, noPut: true });
    harness.run(mixed);
    harness.settle();
    expect(socket.events()).toEqual(["a@3", "b@3"]);
    expect(whole(socket)).toEqual([
      [3, true, 2],
      [3, undefined, 0],
    ]);
  });
});

test("several revisions go in one frame, but a large one does not share it", () => {
  const harness = new WatchHarness();
  const big = "b".repeat(300 * KIB);
  for (const name of ["1", "2", "3"]) harness.run(ops.put(name, big));
  harness.runAll(["1", "2", "3"].map((name) => ops.put(name, "")));
  const socket = harness.open({ ...ALL, from: 5, prevKv: true });
  harness.settle();
  harness.settle();
  expect(revisions(socket)).toEqual([5, 6, 7]);
  expect(Math.max(...socket.texts.map((text) => text.length))).toBeLessThan(400 * KIB);
});
