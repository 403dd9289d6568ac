import { describe, expect, test } from "vitest";
import { WATCH_UNCONFIRMED_CHARS_MAX } from "../../src/api/limits.ts";
import { ops } from "../state/drive.ts";
import { key, prefix, Room, type Seat } from "./watch-room.ts";

const ALL = prefix("");
const VALUE = "v".repeat(64 * 1024);
/** Enough events of that size to fill a window twice and a half. */
const MANY = (2.5 * WATCH_UNCONFIRMED_CHARS_MAX) / VALUE.length;

const chars = (seat: Seat) => seat.texts.reduce((sum, text) => sum + text.length, 0);
const revisions = (seat: Seat) => seat.events().map((text) => Number(text.slice(text.lastIndexOf("@") + 1)));
const upTo = (last: number) => Array.from({ length: last - 1 }, (_, index) => index + 2);

function filled(room: Room): void {
  for (let index = 0; index < MANY; index++) room.run(ops.put("a", VALUE));
}

describe("a watcher that confirms nothing", () => {
  test("is sent a window and no more, and is dropped when it stays silent", () => {
    const room = new Room();
    const seat = room.open(ALL);
    filled(room);
    room.clock.pass(29_000);
    expect(chars(seat)).toBeGreaterThan(WATCH_UNCONFIRMED_CHARS_MAX * 0.9);
    expect(chars(seat)).toBeLessThan(WATCH_UNCONFIRMED_CHARS_MAX + 1024 * 1024);
    expect(seat.closed).toBeUndefined();
    room.clock.pass(2_000);
    expect(seat.closed).toEqual([4429, "too-slow"]);
    const last = revisions(seat).at(-1) ?? 0;
    expect(revisions(seat)).toEqual(upTo(last));
    expect(seat.state?.watches[0]?.next).toBe(last + 1);
  });

  test("does not keep others waiting, and one with nothing to hear is left alone", () => {
    const room = new Room();
    const [slow, other] = [room.open(ALL), room.open(key("b"))];
    filled(room);
    room.run(ops.put("b", "x"));
    expect(other.events()).toHaveLength(1);
    room.clock.pass(60_000);
    expect([slow.closed?.[0], other.closed]).toEqual([4429, undefined]);
  });

  test("is not held to what it was sent before an eviction", () => {
    const room = new Room();
    const seat = room.open(ALL);
    filled(room);
    for (let life = 0; life < 3; life++) {
      room.evict();
      room.clock.pass(1_000);
    }
    expect(revisions(seat)).toEqual(upTo(room.drive.machine.revision));
  });
});

test("a watcher that pings after each pong gets everything", () => {
  const room = new Room();
  const seat = room.open(ALL);
  filled(room);
  for (let round = 0; round < 5; round++) {
    room.clock.pass(10_000);
    seat.heardAt = room.clock.now();
  }
  room.clock.pass(1_000);
  expect(seat.closed).toBeUndefined();
  expect(revisions(seat)).toEqual(upTo(room.drive.machine.revision));
});

describe("a watcher that acknowledges", () => {
  test("gets everything, as fast as it takes it and never more than a window ahead", () => {
    const room = new Room();
    const seat = room.open({ ...ALL, from: 1 });
    filled(room);
    for (let taken = 0; taken < seat.texts.length; ) {
      const waiting = seat.texts.slice(taken);
      expect(waiting.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(
        WATCH_UNCONFIRMED_CHARS_MAX + 1024 * 1024,
      );
      room.say(seat, { type: "ack", frames: waiting.length });
      taken += waiting.length;
      room.settle();
    }
    expect(revisions(seat)).toEqual(upTo(room.drive.machine.revision));
    room.run(ops.put("b", "live"));
    expect(seat.events().at(-1)).toContain("b=live");
  });

  test("is believed in that only: its pings mean nothing", () => {
    const room = new Room();
    const seat = room.open(ALL);
    room.say(seat, { type: "ack", frames: 1 });
    filled(room);
    for (let second = 0; second < 40; second++) {
      room.clock.pass(1_000);
      seat.heardAt = room.clock.now();
    }
    expect(seat.closed).toEqual([4429, "too-slow"]);
  });

  test("of more than it was sent gains nothing by it", () => {
    const room = new Room();
    const seat = room.open(ALL);
    room.say(seat, { type: "ack", frames: 1_000_000 });
    filled(room);
    room.clock.pass(10_000);
    expect(chars(seat)).toBeLessThan(WATCH_UNCONFIRMED_CHARS_MAX + 1024 * 1024);
  });
});

test("previous values too are sent a page at a time", () => {
  const room = new Room();
  const big = "b".repeat(300 * 1024);
  for (const name of ["1", "2", "3"]) room.run(ops.put(name, big));
  room.runAll(["1", "2", "3"].map((name) => ops.put(name, "")));
  const seat = room.open({ ...ALL, from: 5, prevKv: true });
  room.settle();
  room.settle();
  expect(revisions(seat)).toEqual([5, 6, 7]);
  expect(Math.max(...seat.texts.map((text) => text.length))).toBeLessThan(400 * 1024);
});

test("a revision whose previous values no message could take ends the watch, and nothing else", () => {
  const room = new Room();
  for (let index = 0; index < 17; index++) room.run(ops.put(`k${index}`, "b".repeat(1024 * 1024)));
  const seats = [room.open({ ...ALL, prevKv: true }), room.open(ALL)];
  room.run(ops.del("k", "l"));
  expect(seats[0]?.frames.at(-1)).toEqual({ type: "cancelled", revision: 19, code: "too-large" });
  expect(seats[0]?.closed).toEqual([4413, "too-large"]);
  expect(seats[1]?.events()).toHaveLength(17);
});
