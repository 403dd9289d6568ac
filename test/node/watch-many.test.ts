import { describe, expect, test } from "vitest";
import { WATCHES_PER_SOCKET_MAX } from "../../src/api/limits.ts";
import { WATCH_NONE } from "../../src/api/watch-query.ts";
import { ops } from "../state/drive.ts";
import { prefix, WatchHarness } from "./watch-harness.ts";

describe("a socket with several watches", () => {
  test("tells each its own, by its id, and the one of its URL without", () => {
    const harness = new WatchHarness();
    const socket = harness.open(prefix(""));
    harness.run(ops.put("a", "1"));
    harness.say(socket, { type: "create", id: 1, key: "a", from: 1, prev_kv: true });
    harness.say(socket, { type: "create", id: 2, prefix: "b", filter: "noput" });
    harness.run(ops.put("a", "2"));
    harness.run(ops.put("b", "3"));
    harness.run(ops.del("b"));
    expect(socket.events()).toEqual(["a=1@2", "a=2@3", "b=3@4", "b@5"]);
    expect(socket.events(1)).toEqual(["a=1@2", "a=2@3"]);
    expect(socket.events(2)).toEqual(["b@5"]);
    expect(socket.of(1)[0]).toEqual({ type: "created", revision: 2, watch: 1, from: 1 });
  });

  test("keeps them all through an eviction", () => {
    const harness = new WatchHarness();
    const socket = harness.open(WATCH_NONE);
    expect(socket.frames).toEqual([]);
    harness.evict();
    harness.say(socket, { type: "create", id: 1, key: "a" });
    harness.say(socket, { type: "create", id: 2, key: "/w==", key_encoding: "base64" });
    harness.skip(ops.put("a", "1"));
    harness.evict();
    harness.run({ kind: "put", key: Uint8Array.of(255), value: new Uint8Array() });
    expect([socket.events(1), socket.events(2)]).toEqual([["a=1@2"], ["/w===@3"]]);
  });

  test("ends one without the others", () => {
    const harness = new WatchHarness();
    const socket = harness.open(WATCH_NONE);
    for (const id of [1, 2]) harness.say(socket, { type: "create", id, key: "a" });
    harness.say(socket, { type: "cancel", id: 1 });
    harness.say(socket, { type: "cancel", id: 1 });
    expect(socket.of(1).at(-1)).toEqual({ type: "cancelled", revision: 1, watch: 1, code: "requested" });
    harness.evict();
    harness.run(ops.put("a", "1"));
    expect([socket.events(1), socket.events(2), socket.closed]).toEqual([[], ["a=1@2"], undefined]);
    harness.say(socket, { type: "create", id: 1, key: "a", from: 1 });
    expect(socket.events(1)).toEqual(["a=1@2"]);
  });

  test("loses only the one that would start below the compacted revision", () => {
    const harness = new WatchHarness();
    for (const value of ["2", "3", "4"]) harness.run(ops.put("a", value));
    harness.run({ kind: "compact", revision: 4 });
    const socket = harness.open(WATCH_NONE);
    harness.say(socket, { type: "create", id: 1, key: "a" });
    harness.say(socket, { type: "create", id: 2, key: "a", from: 2 });
    expect(socket.of(2)).toEqual([
      { type: "cancelled", revision: 4, watch: 2, code: "compacted", compact_revision: 4 },
    ]);
    harness.run(ops.put("a", "5"));
    expect([socket.events(1), socket.closed]).toEqual([["a=5@5"], undefined]);
  });

  test("can have only so many, and says so", () => {
    const harness = new WatchHarness();
    const socket = harness.open(WATCH_NONE);
    for (let id = 1; id <= WATCHES_PER_SOCKET_MAX + 1; id++) harness.say(socket, { type: "create", id, key: `${id}` });
    const refused = WATCHES_PER_SOCKET_MAX + 1;
    expect(socket.of(refused)).toEqual([{ type: "cancelled", revision: 1, watch: refused, code: "too-many" }]);
    harness.run(ops.put("1", "x"));
    expect([socket.events(1), socket.closed]).toEqual([["1=x@2"], undefined]);
  });

  test("with the longest keys still fits its attachment", () => {
    const harness = new WatchHarness();
    const socket = harness.open(prefix("k".repeat(1024), { prevKv: true, noPut: true, progress: true }));
    for (let id = 1; id <= WATCHES_PER_SOCKET_MAX; id++) {
      harness.say(socket, {
        type: "create",
        id: Number.MAX_SAFE_INTEGER - id,
        prefix: `${id}`.padEnd(1024),
        filter: "noput",
      });
    }
    expect(socket.frames.filter(({ type }) => type === "created").length).toBe(6);
    expect(socket.frames.at(-1)).toMatchObject({ type: "cancelled", code: "too-many" });
  });
});

test.each([
  ["no JSON", "create"],
  ["a message that is not known", { type: "destroy" }],
  ["a watch without an id", { type: "create", key: "a" }],
  ["a watch of nothing", { type: "create", id: 1 }],
  ["a watch of a key and a prefix", { type: "create", id: 1, key: "a", prefix: "a" }],
  ["a watch of the empty key", { type: "create", id: 1, key: "" }],
  ["a key that is too long", { type: "create", id: 1, key: "k".repeat(1025) }],
  ["a misspelt member", { type: "create", id: 1, key: "a", prevkv: true }],
  ["an id that is taken", { type: "create", id: 7, key: "a" }],
  ["an endless message", `{"type":"create","id":1,"key":"a"${" ".repeat(9000)}}`],
])("%s closes the socket", (_, message) => {
  const harness = new WatchHarness();
  const socket = harness.open(WATCH_NONE);
  harness.say(socket, { type: "create", id: 7, key: "a" });
  harness.say(socket, message);
  expect(socket.closed?.[0]).toBe(4400);
  expect((socket.closed?.[1] ?? "").length).toBeLessThan(124);
});

test("a ping that reaches the hub is answered", () => {
  const harness = new WatchHarness();
  const socket = harness.open(WATCH_NONE);
  harness.say(socket, "ping");
  expect(socket.texts).toEqual(["pong"]);
});
