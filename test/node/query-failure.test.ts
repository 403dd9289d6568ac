import { expect, test } from "vitest";
import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import { AnswerRoom } from "../../src/node/learner/answer-room.ts";
import { QueryService } from "../../src/node/learner/query-service.ts";
import { HELD_BYTES_MAX, HELD_SHARES } from "../../src/node/limits.ts";
import type { LearnerCall } from "../../src/node/rpc/call.ts";
import { ANSWER_TRIES_MAX } from "../../src/node/timing.ts";
import { WATCH_LIMITS } from "../../src/node/watch/watch-limits.ts";
import { ROOT } from "../../src/policy/caller.ts";
import type { QueryResult } from "../../src/state/queries.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const HOME = "weur";
const KIB = 1024;
const POINT = { kind: "range", key: Uint8Array.of(1) } as const;
const LIST = { ...POINT, end: Uint8Array.of(0) } as const;

/** A learner's answers from a state that answers as `query` does. */
function serviceOn(cluster: VirtualCluster, query: () => QueryResult, log: unknown[] = []): QueryService {
  const background = (work: Promise<unknown>) => void work.catch((error: unknown) => log.push(error));
  const host = { ...cluster.host, background };
  const machine = { revision: 1, query };
  const replica = { appliedUpTo: 0, lagMs: undefined, machine, until: async (ready: () => boolean) => ready() };
  return new QueryService({
    host,
    replica,
    catchUp: { start: () => {} },
    reads: { next: async () => ({ slot: 0, provenUpTo: 0 }) },
    policy: { decideConfirmed: async () => ({ kind: "allowed", stamp: 0, actor: "root", role: "root" }) },
    room: new AnswerRoom(host, 256 * KIB),
  });
}

function found(bytes: number): QueryResult {
  const kv = { key: Uint8Array.of(1), value: new Uint8Array(bytes), createRevision: 1, modRevision: 1, version: 1 };
  return { kind: "range", revision: 1, kvs: [{ ...kv, lease: "0" }], more: false, count: 1 };
}

function coordinatorOf(cluster: VirtualCluster) {
  const { host, configuration } = cluster;
  return new RequestCoordinator(host, cluster.partsIn(HOME), configuration, new Memory(host, HOME));
}

test("a learner whose query throws says so with a reference, and nobody takes it for too few regions", async () => {
  const cluster = new VirtualCluster();
  const log: unknown[] = [];
  const bug = () => {
    throw new TypeError("a bug");
  };
  const service = serviceOn(cluster, bug, log);
  cluster.put("learner", HOME, (call: LearnerCall) => (call.kind === "query" ? service.answer(call) : undefined));
  for (const consistency of ["local", "linearizable"] as const) {
    const read = coordinatorOf(cluster).read({ query: POINT, consistency });
    expect(await cluster.until(read)).toMatchObject({ kind: "failed", reference: expect.stringMatching(/^id-/) });
  }
  expect(log).toMatchObject([{ cause: { message: "a bug" } }, { cause: { message: "a bug" } }]);
});

test("large answers wait for one another, and small ones for none", async () => {
  const cluster = new VirtualCluster();
  let bytes = 200 * KIB;
  const service = serviceOn(cluster, () => found(bytes));
  const ask = async (query: typeof POINT | typeof LIST) =>
    (await service.answer({ kind: "query", caller: ROOT, query, waitMs: 0 })).kind;
  // The second goes beyond, since something was left.
  expect([await ask(LIST), await ask(LIST), await ask(LIST), await ask(POINT)]).toEqual([
    "answer",
    "answer",
    "no-room",
    "no-room",
  ]);
  bytes = KIB;
  expect(await ask(POINT)).toBe("answer");
  await cluster.until(new Promise((resolve) => cluster.host.timer(1_000, () => resolve(undefined))));
  bytes = 200 * KIB;
  expect(await ask(LIST)).toBe("answer");
});

test("a read that finds no room is tried again for a while, and refused as overloaded", async () => {
  const cluster = new VirtualCluster();
  cluster.put("learner", HOME, () => ({ kind: "no-room" }));
  const read = coordinatorOf(cluster).read({ query: LIST, consistency: "linearizable" });
  expect(await cluster.until(read)).toMatchObject({ kind: "overloaded" });
  expect(cluster.calls).toEqual(Array(ANSWER_TRIES_MAX).fill(`learner ${HOME} query`));
});

test("the shares of what a learner holds for others are all of it", () => {
  const shares = Object.values(HELD_SHARES).reduce((sum, share) => sum + share, 0);
  expect([shares, WATCH_LIMITS.heldBytesMax]).toEqual([HELD_BYTES_MAX, HELD_SHARES.watchers]);
});
