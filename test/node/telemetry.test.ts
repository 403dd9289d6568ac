import { expect, test } from "vitest";
import { TelemetryFrame } from "../../src/api/telemetry-frame.ts";
import { WATCH_NONE } from "../../src/api/watch-query.ts";
import type { Region } from "../../src/network/region.ts";
import { roundTripMs } from "../../src/network/round-trip.ts";
import { WatchHub } from "../../src/node/watch/watch-hub.ts";
import type { WatchState } from "../../src/node/watch/watch-session.ts";
import { ROOT } from "../../src/policy/caller.ts";
import { bytes, ops } from "../state/drive.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const REGIONS: readonly Region[] = ["weur", "enam", "apac"];

/** A learner in Western Europe with one socket that is open, and the acceptors that are up. */
function world(up: readonly Region[] = REGIONS) {
  const cluster = new VirtualCluster();
  for (const region of up) {
    cluster.acceptor(region);
    if (region !== "weur") cluster.learner(region);
  }
  const sql = nodeSql();
  const frames: string[] = [];
  let state: WatchState = { watches: [] };
  const socket = {
    load: () => state,
    save: (next: WatchState) => {
      state = next;
    },
    send: (frame: string) => void frames.push(frame),
    close: () => {},
  };
  const life = () => {
    const hub: WatchHub = new WatchHub(cluster.host, {
      source: () => learner.machine,
      sockets: () => [socket],
      lagMs: () => learner.lagMs,
      telemetry: () => learner.telemetry(),
    });
    const learner = cluster.learner("weur", () => {}, sql, hub);
    return { hub, learner };
  };
  const say = (hub: WatchHub, message: object) => hub.message(socket, JSON.stringify(message));
  const told = (): readonly TelemetryFrame[] =>
    frames.filter((frame) => frame.includes('"telemetry"')).map((frame) => TelemetryFrame.parse(JSON.parse(frame)));
  return { cluster, life, say, told, socket };
}

const ON = { type: "telemetry", on: true };

test("telemetry: a frame at once and one a second, to those who ask, until they have enough", async () => {
  const { cluster, life, say, told, socket } = world();
  const { hub } = life();
  hub.open(socket, WATCH_NONE);
  await cluster.pass(5_000);
  expect(told()).toEqual([]);
  say(hub, ON);
  await cluster.pass(3_500);
  expect(told()).toHaveLength(4);
  expect(told()[0]).toMatchObject({ region: "weur", quorum: { fast: 3, classic: 2, read: 2 }, revision: 1 });
  say(hub, { type: "telemetry", on: false });
  await cluster.pass(5_000);
  expect(told()).toHaveLength(4);
});

test("telemetry: the votes of a write, each with the time that it took", async () => {
  const { cluster, life, say, told, socket } = world();
  const { hub, learner } = life();
  hub.open(socket, WATCH_NONE);
  say(hub, ON);
  await cluster.pass(1_000);
  const draft = { id: "request", caller: ROOT, op: ops.put("a", "1") };
  const { configuration } = cluster;
  const written = learner.handle({ kind: "write", configuration, draft, waitMs: 5_000 });
  await cluster.until(written);
  await cluster.pass(2_000);
  const rounds = told().at(-1)?.rounds ?? [];
  expect(rounds).toMatchObject([{ from: "weur", kind: "fast", slot: 1 }]);
  expect(rounds[0]?.votes.toSorted((a, b) => (a.ms ?? 0) - (b.ms ?? 0))).toEqual(
    REGIONS.toSorted((a, b) => roundTripMs("weur", a) - roundTripMs("weur", b)).map((region) => ({
      region,
      reply: "voted",
      ms: roundTripMs("weur", region),
    })),
  );
});

test("telemetry: who is down is listed as such, and has no vote", async () => {
  const { cluster, life, say, told, socket } = world(["weur", "enam"]);
  const { hub, learner } = life();
  hub.open(socket, WATCH_NONE);
  say(hub, ON);
  await cluster.pass(3_000);
  const acceptors = told().at(-1)?.status.acceptors ?? [];
  expect(acceptors.filter(({ reachable }) => !reachable).map(({ region }) => region)).toEqual(["apac"]);
  const draft = { id: "request", caller: ROOT, op: ops.put("a", "1") };
  await cluster.until(learner.handle({ kind: "write", configuration: cluster.configuration, draft, waitMs: 8_000 }));
  await cluster.pass(1_500);
  const votes = (told().at(-1)?.rounds ?? []).flatMap((round) => round.votes);
  const silent = votes.filter(({ region }) => region === "apac").map(({ reply }) => reply);
  expect(silent.length).toBeGreaterThan(0);
  expect(silent.filter((reply) => reply !== "waiting" && reply !== "lost")).toEqual([]);
});

test("telemetry: goes on after an eviction", async () => {
  const { cluster, life, say, told, socket } = world();
  const { hub } = life();
  hub.open(socket, { key: bytes("a") });
  say(hub, ON);
  await cluster.pass(500);
  say(hub, { type: "telemetry", on: false });
  say(hub, ON);
  await cluster.pass(2_000);
  const before = told().length;
  const next = life();
  next.hub.resume();
  await cluster.pass(2_500);
  expect(told().length).toBeGreaterThan(before + 1);
});
