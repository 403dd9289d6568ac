import { expect, test } from "vitest";
import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import { ScanPace } from "../../src/node/propose/scan-pace.ts";
import type { Op } from "../../src/state/command.ts";
import { COMMAND_COST_MAX } from "../../src/state/limits.ts";
import { Drive, ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const EVERY = { key: Uint8Array.of(0), end: Uint8Array.of(0) };

function comparing(count: number): Op {
  const compare = Array.from({ length: count }, () => ({
    ...EVERY,
    result: "greater" as const,
    target: { kind: "version" as const, value: 0 },
  }));
  return { kind: "txn", compare, success: [], failure: [] };
}

test("commands that look through many keys are let into the log at a pace, and others at once", () => {
  let now = 0;
  const costs = {
    level: 1,
    isCompacting: false,
    scansCost: (op: Op, max: number) => (op.kind === "put" ? 0 : Math.min(40_000, max + 1)),
  };
  const pace = new ScanPace({ now: () => now, machine: costs });
  const judged = [comparing(1), comparing(1), comparing(1), ops.put("k", "v")].map((op) => pace.judge(op));
  expect(judged).toEqual(["now", "now", "later", "now"]);
  now += 2_000;
  expect(pace.judge(comparing(1))).toBe("now");
});

test("at a level that knows no costs, what would cost more than a command may is not proposed", () => {
  const machine = { level: 0, isCompacting: false, scansCost: () => COMMAND_COST_MAX + 1 };
  expect(new ScanPace({ now: () => 0, machine }).judge(comparing(1))).toBe("never");
  expect(new ScanPace({ now: () => 0, machine: { ...machine, level: 1 } }).judge(comparing(1))).toBe("now");
});

test("while rows wait to be deleted, what would pass too many of them waits too", () => {
  const machine = { level: 1, isCompacting: true, scansCost: () => COMMAND_COST_MAX + 1 };
  const pace = new ScanPace({ now: () => 0, machine });
  expect(pace.judge(comparing(1))).toBe("later");
  expect(new ScanPace({ now: () => 0, machine: { ...machine, isCompacting: false } }).judge(comparing(1))).toBe("now");
  const drive = driveWith(20);
  drive.run({ kind: "delete", ...EVERY });
  drive.run({ kind: "compact", revision: drive.machine.revision });
  expect([drive.machine.isCompacting, drive.machine.scansCost(comparing(1), COMMAND_COST_MAX)]).toEqual([true, 20]);
  while (drive.machine.compactStep());
  drive.run(ops.put("other", "v"));
  drive.run({ kind: "compact", revision: drive.machine.revision });
  while (drive.machine.compactStep());
  expect(drive.machine.scansCost(comparing(1), COMMAND_COST_MAX)).toBe(1);
});

test("the cost of scans is counted once for equal intervals at a time, over all branches, and no further than asked", () => {
  const { machine } = driveWith(40);
  expect(machine.scansCost(comparing(3), COMMAND_COST_MAX)).toBe(120);
  expect(machine.scansCost(comparing(3), 50)).toBeGreaterThan(50);
  expect(machine.scansCost({ kind: "delete", ...EVERY }, COMMAND_COST_MAX)).toBe(80);
  const branches: Op = {
    kind: "txn",
    compare: [],
    success: [{ kind: "range", ...EVERY }],
    failure: [{ kind: "delete", ...EVERY }],
  };
  expect(machine.scansCost(branches, COMMAND_COST_MAX)).toBe(120);
  expect(machine.scansCost(ops.put("k", "v"), COMMAND_COST_MAX)).toBe(0);
});

test("without a learner near, a transaction of more scans than an entry takes is not proposed", async () => {
  const cluster = new VirtualCluster();
  const { host, configuration } = cluster;
  const region = "oc";
  const coordinator = new RequestCoordinator(host, cluster.partsIn(region), configuration, new Memory(host, region));
  const outcome = await cluster.until(coordinator.write({ op: comparing(17) }));
  expect([outcome.kind, cluster.calls]).toEqual(["overloaded", []]);
});

function driveWith(keys: number): Drive {
  const drive = new Drive();
  for (let key = 0; key < keys; key++) drive.run(ops.put(`k${key}`, "v"));
  return drive;
}
