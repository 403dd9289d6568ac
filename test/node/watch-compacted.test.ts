import { expect, test } from "vitest";
import { WatchHub } from "../../src/node/watch/watch-hub.ts";
import type { WatchSocket, WatchState } from "../../src/node/watch/watch-session.ts";
import { bytes, ops } from "../state/drive.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

test("a watch that was told everything outlives a compaction and an eviction after it", async () => {
  const cluster = new VirtualCluster();
  const sql = nodeSql();
  const told: string[] = [];
  let saved: WatchState = { watches: [] };
  const socket: WatchSocket = {
    load: () => saved,
    save: (state) => {
      saved = state;
    },
    send: (frame) => told.push(frame),
    close: () => {},
  };
  const life = (sockets: readonly WatchSocket[]) => {
    const hub: WatchHub = new WatchHub(cluster.host, {
      source: () => learner.machine,
      sockets: () => sockets,
      lagMs: () => learner.lagMs,
      telemetry: () => learner.telemetry(),
    });
    const learner = cluster.learner("weur", () => {}, sql, hub);
    return { hub, learner };
  };

  const { hub, learner } = life([socket]);
  hub.open(socket, { key: bytes("quiet") });
  for (let write = 0; write < 20; write++) await cluster.chosen(learner, ops.put("busy", `${write}`));
  await cluster.chosen(learner, { kind: "compact", revision: learner.machine.revision - 1 });
  await cluster.pass(1_000);

  const next = life([{ ...socket }]);
  next.hub.resume();
  await cluster.pass(1_000);
  await cluster.chosen(next.learner, ops.put("quiet", "still there"));
  await cluster.pass(1_000);

  expect(told.map((frame) => (JSON.parse(frame) as { type: string }).type)).toEqual(["created", "events"]);
});
