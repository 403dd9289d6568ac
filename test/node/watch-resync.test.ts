import { describe, expect, test } from "vitest";
import { ops } from "../state/drive.ts";
import { type FakeSocket, key, prefix, WatchHarness } from "./watch-harness.ts";

const ALL = prefix("", { resync: true });
/** Two keys in a frame. */
const LIMITS = { pageBytesMax: 12, windowBytes: 1, cachedBytesMax: 0 };

/** Five keys, of which two changed since, and one is gone; revision 9. */
function filled(limits = {}): WatchHarness {
  const harness = new WatchHarness(limits);
  for (const name of ["a", "b", "c", "d", "e"]) harness.run(ops.put(name, `${name}-1`));
  harness.run(ops.put("a", "a-2"));
  harness.run(ops.put("b", "b-2"));
  harness.run(ops.del("e"));
  return harness;
}

const kinds = (socket: FakeSocket) =>
  socket.frames.map((frame) => [frame.type, frame.revision, "more" in frame ? frame.more : undefined]);

describe("a watch with resync that compaction overtook", () => {
  test("is told that all is void, then every key as it is, then what changes", () => {
    const harness = filled();
    harness.run({ kind: "compact", revision: 8 });
    const socket = harness.open({ ...ALL, from: 2 });
    harness.settle();
    expect(kinds(socket)).toEqual([
      ["created", 9, undefined],
      ["reset", 9, true],
      ["events", 9, undefined],
    ]);
    expect(socket.frames[1]).toMatchObject({ compact_revision: 8 });
    expect(socket.events()).toEqual(["a=a-2@7", "b=b-2@8", "c=c-1@4", "d=d-1@5"]);
    harness.run(ops.put("z", "new"));
    expect(socket.events().at(-1)).toBe("z=new@10");
    expect(socket.closed).toBeUndefined();
  });

  test("is told of a state without keys in one frame", () => {
    const harness = filled();
    harness.run({ kind: "compact", revision: 8 });
    const socket = harness.open(prefix("nothing", { resync: true, from: 2 }));
    harness.settle();
    expect(kinds(socket).at(-1)).toEqual(["reset", 9, undefined]);
    harness.run(ops.put("nothing/1", "now"));
    expect(socket.events()).toEqual(["nothing/1=now@10"]);
  });

  test("is told of one key as of many", () => {
    const harness = filled();
    harness.run({ kind: "compact", revision: 8 });
    const socket = harness.open(key("b", { resync: true, from: 2 }));
    harness.settle();
    expect(socket.events()).toEqual(["b=b-2@8"]);
  });

  test("is told of one revision, although keys change meanwhile, and of the changes after it", () => {
    const harness = filled(LIMITS);
    harness.run({ kind: "compact", revision: 8 });
    const socket = harness.open({ ...ALL, from: 2 });
    for (let turn = 0; turn < 20; turn++) {
      harness.acknowledge(socket);
      harness.settle();
      if (turn < 3) harness.run(ops.put(turn === 1 ? "a" : "d", `during-${turn}`));
    }
    expect(socket.events()).toEqual([
      "a=a-2@7",
      "b=b-2@8",
      "c=c-1@4",
      "d=d-1@5",
      "d=during-0@10",
      "a=during-1@11",
      "d=during-2@12",
    ]);
    const parts = kinds(socket).filter(([type, revision]) => type === "events" && revision === 9);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(([, , more]) => more)).toEqual([...parts.slice(1).map(() => true), undefined]);
  });

  test.each(["a compaction", "an eviction"])("begins anew after %s in the middle of it", (what) => {
    const harness = filled(LIMITS);
    harness.run({ kind: "compact", revision: 8 });
    const socket = harness.open({ ...ALL, from: 2 });
    for (let turn = 0; turn < 2; turn++) {
      harness.acknowledge(socket);
      harness.settle();
    }
    if (what === "an eviction") harness.evict();
    else {
      harness.run(ops.put("a", "later"));
      harness.run({ kind: "compact", revision: 10 });
    }
    for (let turn = 0; turn < 20; turn++) {
      harness.acknowledge(socket);
      harness.settle();
    }
    const last = socket.frames.findLastIndex(({ type }) => type === "reset");
    const told = socket.frames.slice(last).flatMap((frame) => (frame.type === "events" ? frame.events : []));
    expect(socket.frames.filter(({ type }) => type === "reset")).toHaveLength(2);
    expect(told.map((event) => event.key)).toEqual(["a", "b", "c", "d"]);
    expect(socket.frames.at(-1)).not.toHaveProperty("more");
  });

  test("in the middle of its life goes on, too", () => {
    const harness = filled();
    const [resyncs, ends] = [harness.open(ALL), harness.open(prefix(""))];
    for (const value of ["1", "2", "3"]) harness.skip(ops.put("f", value));
    harness.skip({ kind: "compact", revision: 12 });
    harness.hub.resume();
    harness.settle();
    expect(kinds(resyncs).map(([type]) => type)).toEqual(["created", "reset", "events"]);
    expect(ends.frames.at(-1)).toMatchObject({ type: "cancelled", code: "compacted" });
  });
});
