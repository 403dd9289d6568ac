import { describe, expect, test } from "vitest";
import { BALLOT_ZERO } from "../../src/core/ballot.ts";
import { NOOP_BODY } from "../../src/state/entry.ts";
import { ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const MINUTE_MS = 60_000;

describe("an alarm that the host lost is set again at the next occasion", () => {
  test("by an acceptor with undecided votes", async () => {
    const cluster = new VirtualCluster();
    const armed: number[] = [];
    const acceptor = cluster.acceptor("weur", (ms) => armed.push(ms));
    const vote = (slot: number) => {
      const entry = { id: `entry-${slot}`, body: NOOP_BODY };
      const request = { kind: "fast-accept", ballot: BALLOT_ZERO, openFrom: 1, slot, entry } as const;
      acceptor.handle({ kind: "steps", configuration: cluster.configuration, requests: [request] });
    };
    vote(1);
    vote(2);
    expect(armed).toHaveLength(1);
    await cluster.pass(MINUTE_MS);
    vote(3);
    expect(armed).toHaveLength(2);
  });

  test("by a learner that holds leases", async () => {
    const cluster = new VirtualCluster();
    const armed: number[] = [];
    const learner = cluster.learner("weur", (ms) => armed.push(ms));
    await cluster.chosen(learner, { kind: "lease-grant", lease: "1", ttl: 10 });
    await cluster.chosen(learner, { kind: "lease-grant", lease: "2", ttl: 10 });
    expect(armed).toHaveLength(1);
    await cluster.pass(MINUTE_MS);
    await cluster.chosen(learner, { kind: "lease-grant", lease: "3", ttl: 10 });
    expect(armed).toHaveLength(2);
  });
});

test("steps of physical compaction follow each other at their pace, however often the alarm comes", async () => {
  const cluster = new VirtualCluster();
  const learner = cluster.learner("weur");
  let steps = 0;
  const { machine } = learner;
  const step = machine.compactStep.bind(machine);
  machine.compactStep = (rowsMax) => {
    steps++;
    return step(rowsMax);
  };
  for (let version = 0; version < 60; version++) {
    const batch = Array.from({ length: 100 }, (_, key) => ops.put(`k${key}`, `${version}`));
    await cluster.chosen(learner, ...batch);
  }
  await cluster.chosen(learner, { kind: "compact", revision: learner.machine.revision });
  for (let alarm = 0; alarm < 20; alarm++) {
    await cluster.until(learner.alarm());
    await cluster.pass(10);
  }
  expect(steps).toBeLessThanOrEqual(5);
  await cluster.pass(MINUTE_MS);
  expect(machine.isCompacting).toBe(false);
});
