import { expect, test } from "vitest";
import { Replica } from "../../src/node/learner/replica.ts";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import { ROOT } from "../../src/policy/caller.ts";
import type { Command, Op } from "../../src/state/command.ts";
import { entryEncode } from "../../src/state/entry.ts";
import { OPERATIONS, Operations } from "../../src/state/ops/registry.ts";
import { ops } from "../state/drive.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

/** The operations that ship, which note in `applied` what they are run with. */
function noting(applied: unknown[]): Operations {
  return new Operations(
    OPERATIONS.all.map((one) => ({
      ...one,
      run(turn, op) {
        applied.push(op);
        return one.run(turn, op);
      },
    })),
  );
}

function made(id: string, ...operations: readonly Op[]) {
  const commands = operations.map((op, index): Command => ({ id: `${id}-${index}`, birth: 1, op }));
  return { entry: { id, body: entryEncode(commands) }, commands };
}

function replicaOf(applied: unknown[] = []): Replica {
  const { host } = new VirtualCluster();
  const options = { sql: nodeSql(), host, limits: NODE_LIMITS, machine: { operations: noting(applied) } };
  return new Replica(options, { applied: () => {}, excluded: () => {}, installed: () => {} });
}

test("a learner applies the command that it was given, and decodes no entry of its own", async () => {
  const cluster = new VirtualCluster();
  const { configuration } = cluster;
  for (const region of configuration.members) cluster.acceptor(region);
  const applied: unknown[] = [];
  const machine = { operations: noting(applied) };
  const learner = cluster.learner("weur", () => {}, undefined, undefined, {}, { machine });
  const other = cluster.learner("enam");
  const put = ops.put("a", "1");
  const call = {
    kind: "write",
    configuration,
    draft: { id: "request", caller: ROOT, op: put },
    waitMs: 5_000,
  } as const;
  expect(await cluster.until(learner.handle(call))).toMatchObject({ outcome: { kind: "applied", path: "fast" } });
  // Bytes are those of the call, which decoding would have made anew.
  expect((applied[0] as typeof put).key).toBe(put.key);
  await cluster.pass(1_000);
  expect(other.machine.digest).toBe(learner.machine.digest);
});

test("of entries that are applied together only the learner's own is taken from its commands", () => {
  const replica = replicaOf();
  const decoding = replicaOf();
  const [foreign, own] = [made("foreign", ops.put("a", "1"), ops.del("b")), made("own", ops.put("b", "2"))];
  const decided = [foreign, own].map(({ entry }, index) => ({ slot: 1 + index, entry }));
  replica.take(decided, own);
  decoding.take(decided);
  expect(replica.machine.digest).toBe(decoding.machine.digest);
  expect(replica.machine.revision).toBe(3);
});

test("an entry that waits for one below it is decoded like any other", () => {
  const applied: unknown[] = [];
  const replica = replicaOf(applied);
  const [first, own] = [made("first", ops.put("a", "1")), made("own", ops.put("b", "2"))];
  replica.take([{ slot: 2, entry: own.entry }], own);
  expect(applied).toEqual([]);
  replica.take([{ slot: 1, entry: first.entry }]);
  expect(applied).toEqual([...first.commands, ...own.commands].map(({ op }) => op));
});

test("a learner that tells of the whole namespace sends itself no message", async () => {
  const cluster = new VirtualCluster();
  const learner = cluster.learner("weur");
  cluster.learner("enam");
  const frame = JSON.parse(await cluster.until(learner.telemetry()));
  expect(cluster.calls.filter((call) => call.startsWith("learner"))).toEqual([
    "learner enam status",
    "learner apac status",
  ]);
  const { learners } = frame.status;
  expect(learners.map((one: { reachable: boolean }) => one.reachable)).toEqual([true, true, false]);
});
