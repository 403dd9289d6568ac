import { expect, test } from "vitest";
import { healthOf } from "../../src/node/coordinate/health.ts";
import { namespaceStatus } from "../../src/node/coordinate/status.ts";
import { statusToJson } from "../../src/node/coordinate/status-json.ts";
import { Learner } from "../../src/node/learner/learner.ts";
import { learnerOpen, StoppedLearner } from "../../src/node/learner/stopped-learner.ts";
import type { Transition } from "../../src/node/transition.ts";
import { ROOT } from "../../src/policy/caller.ts";
import { BUILD_LEVEL } from "../../src/state/level.ts";
import { StateMachine } from "../../src/state/machine.ts";
import { bytes, ops } from "../state/drive.ts";
import { dump } from "../state/dump.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const NEWER = BUILD_LEVEL + 1;
const STORED = { why: `the stored state of level ${NEWER} is unknown to this build` };

/** The storage of a learner that ran a build of the next level, which the namespace reached. */
function newerState() {
  const sql = nodeSql();
  const machine = new StateMachine(sql, { buildLevel: NEWER });
  const raise = { kind: "raise", level: NEWER } as const;
  machine.apply(1, { id: "one", genesis: 1, commands: [{ id: "put", birth: 1, op: ops.put("a", "1") }] });
  machine.apply(2, { id: "two", commands: [{ id: "raise", birth: 2, op: raise }] });
  return sql;
}

/** A cluster in which the learner of Western Europe opens that storage with the build that ships. */
function world() {
  const cluster = new VirtualCluster();
  const { host, configuration } = cluster;
  for (const region of configuration.members) cluster.acceptor(region);
  for (const region of ["enam", "apac"] as const) cluster.learner(region);
  const sql = newerState();
  const told: Transition[] = [];
  const armed: number[] = [];
  const options = {
    sql,
    host,
    parts: cluster.partsIn("weur"),
    configuration,
    audience: { applied() {}, resume() {}, size: 0 },
    arm: (ms: number) => void armed.push(ms),
    tell: (transition: Transition) => void told.push(transition),
  };
  const learner = learnerOpen(options);
  cluster.put("learner", "weur", (call) => learner.handle(call));
  return { cluster, configuration, sql, told, armed, learner, options };
}

test("a learner on the state of a newer build stops, and says so in its status", async () => {
  const { cluster, learner, told } = world();
  expect(learner).toBeInstanceOf(StoppedLearner);
  expect(told).toEqual([{ event: "learner-stopped", ...STORED }]);
  const status = await cluster.until(namespaceStatus(cluster.contextIn("enam")));
  const { learners } = statusToJson(status);
  expect(learners.find(({ region }) => region === "weur")).toMatchObject({
    reachable: false,
    stopped: STORED,
    build_level: BUILD_LEVEL,
  });
  expect(healthOf(status)).toMatchObject({
    status: "degraded",
    reasons: [{ code: "learner-stopped", region: "weur", detail: STORED.why }],
  });
});

test("it serves, writes and drops nothing of that state, and opens it once it is updated", async () => {
  const { configuration, learner, sql, armed, options } = world();
  const before = dump(sql);
  const query = { kind: "query", query: { kind: "range", key: bytes("a") }, caller: ROOT, waitMs: 0 } as const;
  const write = { kind: "write", draft: { id: "r", caller: ROOT, op: ops.put("a", "2") }, waitMs: 10 } as const;
  const snapshot = { kind: "snapshot", format: 1 } as const;
  for (const question of [query, write, snapshot]) {
    expect(await learner.handle({ configuration, ...question })).toEqual({ kind: "suspended" });
  }
  const many = await learner.handle({ configuration, kind: "many", questions: [query, write] });
  expect(many).toEqual({ kind: "many", answers: [{ kind: "suspended" }, { kind: "suspended" }] });
  await learner.alarm();
  // What was to be done is not forgotten.
  expect(armed).toHaveLength(1);
  expect(dump(sql)).toEqual(before);
  const updated = learnerOpen({ ...options, machine: { buildLevel: NEWER } });
  expect(updated instanceof Learner && updated.appliedUpTo).toBe(2);
});

test("acceptors that store nothing take the word of a stopped learner for a namespace in use", async () => {
  const { cluster, configuration } = world();
  for (const region of ["enam", "apac"] as const) cluster.acceptor(region, () => {}, nodeSql());
  const blank = cluster.acceptor("weur", () => {}, nodeSql());
  const prepare = { kind: "prepare", ballot: { n: 1, proposer: "p" }, from: 1 } as const;
  const answer = await cluster.until(blank.ask({ kind: "steps", configuration, requests: [prepare] }));
  expect(answer).toMatchObject({ kind: "silent", why: "lost-storage" });
});

test("every part tells its build, acceptors too", async () => {
  const { cluster } = world();
  cluster.acceptor("apac", () => {}, nodeSql());
  const { acceptors, learners } = statusToJson(await cluster.until(namespaceStatus(cluster.contextIn("enam"))));
  for (const part of [...acceptors, ...learners]) expect(part).toMatchObject({ build_level: BUILD_LEVEL });
  expect(acceptors.map(({ reachable }) => reachable)).toEqual([true, true, false]);
});

test("an acceptor on the storage of a newer build is silent, says so, and changes nothing", async () => {
  const { cluster, configuration } = world();
  const sql = nodeSql();
  const acceptor = cluster.acceptor("apac", () => {}, sql);
  const open = { kind: "open", ballot: { n: 1, proposer: "p" }, from: 1 } as const;
  await cluster.until(acceptor.ask({ kind: "steps", configuration, requests: [open] }));
  sql.exec("UPDATE identity SET document = json_set(document, '$.format', 2)");
  const before = sql.changes();
  const answer = await cluster.until(acceptor.ask({ kind: "steps", configuration, requests: [open] }));
  expect(answer).toEqual({ kind: "silent", why: "newer-state" });
  await acceptor.alarm();
  expect(sql.changes()).toBe(before);
  const status = await cluster.until(namespaceStatus(cluster.contextIn("enam")));
  expect(status.acceptors.find(({ region }) => region === "apac")).toMatchObject({
    reachable: false,
    silent: "newer-state",
  });
  expect(healthOf(status).reasons).toContainEqual(expect.objectContaining({ code: "acceptor-silent", region: "apac" }));
});
