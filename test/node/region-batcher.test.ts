import { expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import type { WriteOutcome } from "../../src/node/coordinate/coordinator.ts";
import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import { BUSY_TRIES_MAX } from "../../src/node/timing.ts";
import { ROOT } from "../../src/policy/caller.ts";
import { ops } from "../state/drive.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const HOME = "weur";

/** One client's write after another, all of one process. */
class Writers {
  readonly #cluster: VirtualCluster;
  readonly #memory: Memory;
  readonly #region: Region;

  constructor(cluster: VirtualCluster, region: Region = HOME) {
    this.#cluster = cluster;
    this.#region = region;
    this.#memory = new Memory(cluster.host, region);
  }

  write(key: string, requestId?: string): Promise<WriteOutcome> {
    const cluster = this.#cluster;
    const coordinator = new RequestCoordinator(
      cluster.host,
      cluster.partsIn(this.#region),
      cluster.configuration,
      this.#memory,
    );
    return coordinator.write({ op: ops.put(key, key), requestId });
  }
}

function arrivals(cluster: VirtualCluster, what: string): number {
  return cluster.calls.filter((call) => call === what).length;
}

test("what clients of one region write at once is one entry, and each has its own result", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  const learner = cluster.learner(HOME);
  const writers = new Writers(cluster);

  const outcomes = await cluster.until(Promise.all(["a", "b", "c"].map((key) => writers.write(key))));
  expect(outcomes.map((one) => one.kind === "applied" && one.result.revision)).toEqual([2, 3, 4]);
  expect(outcomes).toEqual(outcomes.map(() => expect.objectContaining({ path: "fast", trips: 1 })));
  expect(learner.appliedUpTo).toBe(1);
  expect(arrivals(cluster, `acceptor ${HOME} steps`)).toBe(1);
});

test("transactions that are much work each do not go together, however small they are", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  const learner = cluster.learner(HOME);
  const { host, configuration } = cluster;
  const memory = new Memory(host, HOME);
  const range = { kind: "range", key: new Uint8Array([0]), end: new Uint8Array([0]), countOnly: true } as const;
  const op = { kind: "txn", compare: [], success: Array.from({ length: 127 }, () => range), failure: [] } as const;
  const write = () => new RequestCoordinator(host, cluster.partsIn(HOME), configuration, memory).write({ op });
  for (const outcome of await cluster.until(Promise.all(Array.from({ length: 6 }, write)))) {
    expect(outcome).toMatchObject({ kind: "applied" });
  }
  expect(learner.appliedUpTo).toBe(6);
});

test("entries of one region do not race each other, however fast they follow", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  const learner = cluster.learner(HOME);
  const writers = new Writers(cluster);

  const outcomes: Promise<WriteOutcome>[] = [];
  for (let index = 0; index < 40; index++) {
    outcomes.push(writers.write(`k-${index}`));
    await cluster.pass(7);
  }
  for (const outcome of await cluster.until(Promise.all(outcomes))) {
    expect(outcome).toMatchObject({ kind: "applied", path: "fast", trips: 1 });
  }
  expect(learner.appliedUpTo).toBeLessThan(40);
});

test("a learner that does not answer is done without: the process proposes by itself, and the request once", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  cluster.learner("enam");
  cluster.put("learner", HOME, () => new Promise(() => {}));
  cluster.put("acceptor", HOME, () => new Promise(() => {}));
  for (const region of cluster.configuration.members) cluster.put("leader", region, () => ({ kind: "failed" }));
  const writers = new Writers(cluster);
  // Two of three acceptors are no fast quorum, and nobody leads.
  expect(await cluster.until(writers.write("k", "request"))).toMatchObject({ kind: "applied", path: "classic" });
  expect(await cluster.until(writers.write("k", "request"))).toMatchObject({ result: { revision: 2 } });
});

test("what a learner was asked and nobody answered for is of unknown outcome", async () => {
  const cluster = new VirtualCluster();
  cluster.put("learner", HOME, () => new Promise(() => {}));
  expect(await cluster.until(new Writers(cluster).write("k"))).toMatchObject({ kind: "outcome-unknown" });
});

test("where no learner is near and no acceptor answers, there is no effect", async () => {
  const cluster = new VirtualCluster();
  expect(await cluster.until(new Writers(cluster, "sam").write("k"))).toMatchObject({ kind: "no-quorum" });
});

test("a learner's word that nothing was done is not enough: the call may have come twice", async () => {
  const cluster = new VirtualCluster();
  const outcome = { kind: "no-quorum", detail: "" } as const;
  cluster.put("learner", HOME, () => ({ kind: "written", outcome }));
  expect(await cluster.until(new Writers(cluster).write("k"))).toMatchObject({ kind: "outcome-unknown" });
});

test("a learner with more to propose than it can says so, and is asked again", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  const learner = cluster.learner(HOME);
  let asked = 0;
  cluster.put("learner", HOME, (call: { kind: string }) =>
    call.kind === "write" && ++asked < 3 ? { kind: "busy" } : learner.handle(call as never),
  );
  expect(await cluster.until(new Writers(cluster).write("k"))).toMatchObject({ kind: "applied" });
  expect(asked).toBe(3);
});

test("a learner that stays overloaded is asked a few times, and the client is told", async () => {
  const cluster = new VirtualCluster();
  cluster.put("learner", HOME, () => ({ kind: "busy" }));
  expect(await cluster.until(new Writers(cluster).write("k"))).toMatchObject({ kind: "overloaded" });
  expect(arrivals(cluster, `learner ${HOME} write`)).toBe(BUSY_TRIES_MAX);
});

test("a read that a learner is too busy for is refused as overloaded, and asks nobody else", async () => {
  const cluster = new VirtualCluster();
  cluster.put("learner", HOME, () => ({ kind: "busy" }));
  const { host, configuration } = cluster;
  const coordinator = new RequestCoordinator(host, cluster.partsIn(HOME), configuration, new Memory(host, HOME));
  const query = { kind: "range", key: new Uint8Array([1]) } as const;
  const read = coordinator.read({ query, consistency: "linearizable" });
  expect(await cluster.until(read)).toMatchObject({ kind: "overloaded" });
  expect(cluster.calls).toEqual([`learner ${HOME} query`]);
});

test("a learner holds so many calls, and refuses the next one as busy", async () => {
  const cluster = new VirtualCluster();
  const limits = { ...NODE_LIMITS, callsHeldMax: 2 };
  const learner = cluster.learner(HOME, () => {}, nodeSql(), undefined, {}, { limits });
  const query = { kind: "range", key: new Uint8Array([1]) } as const;
  const ask = () =>
    learner.handle({
      kind: "query",
      caller: ROOT,
      configuration: cluster.configuration,
      query,
      slot: 1,
      waitMs: 1_000,
    });
  const [first, second, third] = [ask(), ask(), ask()];
  expect(await cluster.until(third)).toEqual({ kind: "busy" });
  expect(await cluster.until(Promise.all([first, second]))).toMatchObject([{ kind: "behind" }, { kind: "behind" }]);
  expect(await cluster.until(ask())).toMatchObject({ kind: "behind" });
});

test("whoever waits for a write that breaks off is told, and the next one is proposed", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  const failures: unknown[] = [];
  cluster.host.background = (work) => void work.catch((error: unknown) => failures.push(error));
  let isBroken = true;
  const applied = () => {
    if (!isBroken) return;
    isBroken = false;
    throw new Error("a broken invariant");
  };
  cluster.learner(HOME, () => {}, nodeSql(), { applied, resume() {}, size: 0 });
  const writers = new Writers(cluster);
  expect(await cluster.until(writers.write("a"))).toMatchObject({ kind: "outcome-unknown" });
  expect(await cluster.until(writers.write("b"))).toMatchObject({ kind: "applied", path: "fast" });
  expect(failures).not.toHaveLength(0);
});

test("what nobody waits for any more when its turn comes is not proposed", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  const learner = cluster.learner(HOME);
  const ask = (id: string, waitMs: number) =>
    learner.handle({
      kind: "write",
      configuration: cluster.configuration,
      draft: { id, caller: ROOT, op: ops.put(id, id) },
      waitMs,
    });
  const answers = [ask("late", 0), ask("in-time", 5_000), ask("later", 0)];
  expect(await cluster.until(Promise.all(answers))).toMatchObject([
    { kind: "busy" },
    { kind: "written", outcome: { kind: "applied", result: { revision: 2 } } },
    { kind: "busy" },
  ]);
  expect(learner.machine.revision).toBe(2);
});

test("an operation that the namespace has not reached, or this build does not know, is not proposed", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  const learner = cluster.learner(HOME);
  const { configuration } = cluster;
  const write = (op: object) => {
    const draft = { id: JSON.stringify(op), caller: ROOT, op: op as ReturnType<typeof ops.put> };
    return cluster.until(learner.handle({ kind: "write", configuration, draft, waitMs: 5_000 }));
  };
  const upgrading = { kind: "written", outcome: { kind: "upgrading" } };
  expect(await write({ ...ops.put("k", "v"), fieldOfTomorrow: 1 })).toMatchObject(upgrading);
  expect(await write({ kind: "operation-of-tomorrow" })).toMatchObject(upgrading);
  expect(learner.appliedUpTo).toBe(0);
  expect(await write(ops.put("k", "v"))).toMatchObject({ kind: "written", outcome: { kind: "applied" } });
});
