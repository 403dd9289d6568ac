import { describe, expect, test } from "vitest";
import { ops } from "../state/drive.ts";
import { key, WatchHarness } from "./watch-harness.ts";

const PROGRESS = key("a", { progress: true });

describe("a learner that has not heard from a quorum for five seconds", () => {
  test("tells so at once, in place of progress, and only to those who asked for progress", () => {
    const harness = new WatchHarness();
    const [asked, other] = [harness.open(PROGRESS), harness.open(key("a"))];
    harness.clock.pass(10_000);
    expect(asked.frames.at(-1)).toEqual({ type: "progress", revision: 1, lag_ms: 0 });
    harness.lagMs = 5_100;
    harness.clock.pass(2_500);
    expect(asked.frames.at(-1)).toEqual({ type: "stale", revision: 1, lag_ms: 5_100 });
    harness.lagMs = 60_000;
    harness.clock.pass(20_000);
    expect(asked.frames.filter(({ type }) => type === "progress")).toHaveLength(1);
    expect(asked.frames.at(-1)).toEqual({ type: "stale", revision: 1, lag_ms: 60_000 });
    harness.lagMs = 10;
    harness.clock.pass(10_000);
    expect(asked.frames.at(-1)).toEqual({ type: "progress", revision: 1, lag_ms: 10 });
    expect(other.frames.map(({ type }) => type)).toEqual(["created"]);
  });

  test("goes on telling events", () => {
    const harness = new WatchHarness();
    const socket = harness.open(PROGRESS);
    harness.lagMs = 60_000;
    harness.clock.pass(10_000);
    harness.run(ops.put("a", "1"));
    expect(socket.frames.map(({ type }) => type)).toContain("stale");
    expect(socket.events()).toEqual(["a=1@2"]);
  });
});

test("a learner that nobody watched has time to ask a quorum before it is called stale", () => {
  const harness = new WatchHarness();
  harness.lagMs = undefined;
  harness.run(ops.put("b", "1"));
  const socket = harness.open({ ...PROGRESS, from: 1 });
  harness.clock.pass(2_000);
  expect(socket.frames.map(({ type }) => type)).toEqual(["created"]);
  harness.lagMs = 100;
  harness.clock.pass(1_000);
  // That it was told everything had to wait for the quorum, and no longer.
  expect(socket.frames.at(-1)).toEqual({ type: "progress", revision: 2, lag_ms: 100 });
});
