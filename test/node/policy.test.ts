import { expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import type { WriteOutcome } from "../../src/node/coordinate/coordinator.ts";
import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import type { Learner } from "../../src/node/learner/learner.ts";
import { type Caller, ROOT } from "../../src/policy/caller.ts";
import type { Op } from "../../src/state/command.ts";
import { entryEncode } from "../../src/state/entry.ts";
import { systemKey } from "../../src/state/system-space.ts";
import { bytes, ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const ANN: Caller = { kind: "identity", provider: "access", name: "ann@a.test", groups: [] };

/** Callers in two regions of one namespace: near a learner, and far from all. */
class Place {
  readonly cluster = new VirtualCluster();
  readonly learners: ReadonlyMap<Region, Learner>;
  readonly #memories = new Map<Region, Memory>();

  constructor() {
    const { members } = this.cluster.configuration;
    for (const region of members) this.cluster.acceptor(region);
    this.learners = new Map(members.map((region) => [region, this.cluster.learner(region)]));
  }

  learner(region: Region): Learner {
    const learner = this.learners.get(region);
    if (learner === undefined) throw new Error(`no learner in ${region}`);
    return learner;
  }

  as(caller: Caller, region: Region): RequestCoordinator {
    const { host, configuration } = this.cluster;
    const memory = this.#memories.get(region) ?? new Memory(host, region);
    this.#memories.set(region, memory);
    return new RequestCoordinator(host, this.cluster.partsIn(region), configuration, memory, caller);
  }

  write(caller: Caller, region: Region, op: Op, requestId?: string): Promise<WriteOutcome> {
    return this.cluster.until(this.as(caller, region).write({ op, requestId }));
  }

  /** Gives ann these verbs over all keys. */
  grant(...verbs: readonly string[]): Promise<WriteOutcome> {
    const role = {
      kind: "put",
      key: systemKey("policy/roles/mine"),
      value: bytes(JSON.stringify({ rules: [{ verbs }] })),
    };
    return this.write(ROOT, "enam", role as Op);
  }

  async bind(): Promise<void> {
    const value = bytes(JSON.stringify({ role: "mine", principals: ["access:ann@a.test"] }));
    await this.write(ROOT, "enam", { kind: "put", key: systemKey("policy/bindings/ann"), value });
  }
}

function revisionOf(outcome: WriteOutcome): number | undefined {
  return outcome.kind === "applied" ? outcome.result.revision : undefined;
}

/** `weur` has a learner; `afr` has none near, so that its Workers propose by themselves. */
const REGIONS: readonly Region[] = ["weur", "afr"];

test.each(REGIONS)(
  "what is granted elsewhere is permitted in %s at once, and what is taken is denied",
  async (region) => {
    const place = new Place();
    await place.bind();
    expect(await place.write(ANN, region, ops.put("a", "1"))).toMatchObject({ kind: "denied", why: "forbidden" });
    for (let round = 0; round < 3; round++) {
      await place.grant("write");
      // Denials are confirmed at most once a second.
      await place.cluster.pass(1_500);
      expect(await place.write(ANN, region, ops.put("a", "1"))).toMatchObject({ kind: "applied" });
      await place.grant("read");
      expect(await place.write(ANN, region, ops.put("a", "1"))).toMatchObject({ kind: "denied", why: "forbidden" });
    }
  },
);

test.each(REGIONS)("a write from %s that documents overtake is decided anew, and takes effect once", async (region) => {
  const place = new Place();
  await place.bind();
  await place.grant("write");
  await place.cluster.pass(1_500);
  await place.write(ANN, region, ops.put("counted", "0"));
  const seen = new Set<number>();
  for (let round = 0; round < 6; round++) {
    const write = () =>
      place.as(ANN, region).write({ op: ops.put("counted", `${round}`), requestId: `request-${round}` });
    const grant = place.as(ROOT, "enam").write({
      op: { kind: "put", key: systemKey(`policy/roles/other-${round}`), value: bytes('{"rules":[]}') },
    });
    const [outcome] = await place.cluster.until(Promise.all([write(), grant]));
    expect(outcome).not.toMatchObject({ result: { why: "policy-changed" } });
    const repeat = await place.cluster.until(write());
    const revision = revisionOf(repeat);
    expect(revision).toBeDefined();
    if (outcome.kind === "applied") expect(revisionOf(outcome)).toBe(revision);
    expect(seen).not.toContain(revision);
    seen.add(revision ?? 0);
  }
});

test("an unstamped command is refused once there are documents, and the refusal is told by slot", async () => {
  const place = new Place();
  await place.bind();
  const learner = place.learner("weur");
  await place.cluster.pass(1_500);
  const before = learner.machine.revision;
  const { policyRevision } = learner.machine;
  expect(policyRevision).toBeGreaterThan(0);
  const slot = learner.machine.appliedUpTo + 1;
  const command = { id: "old", birth: slot, op: ops.put("a", "1") };
  expect(learner.machine.preview(slot, { id: "e", commands: [command] })).toMatchObject([{ why: "policy-changed" }]);
  expect(learner.machine.preview(slot, { id: "e", commands: [{ ...command, stamp: policyRevision }] })).toMatchObject([
    { kind: "put", revision: before + 1 },
  ]);
});

test("reads are decided by the state that answers, wherever they are asked", async () => {
  const place = new Place();
  await place.bind();
  await place.grant("read");
  await place.write(ROOT, "enam", ops.put("a", "1"));
  await place.cluster.pass(1_500);
  for (const region of REGIONS) {
    for (const consistency of ["linearizable", "local"] as const) {
      const read = place.as(ANN, region).read({ query: { kind: "range", key: bytes("a") }, consistency });
      expect(await place.cluster.until(read)).toMatchObject({ kind: "answer", result: { count: 1 } });
    }
  }
  await place.grant("write");
  await place.cluster.pass(1_500);
  for (const region of REGIONS) {
    const read = place.as(ANN, region).read({ query: { kind: "range", key: bytes("a") }, consistency: "linearizable" });
    expect(await place.cluster.until(read)).toMatchObject({ kind: "denied", why: "forbidden" });
  }
});

test("what was granted a moment ago is not denied by a learner that has not heard of it", async () => {
  const place = new Place();
  await place.bind();
  await place.grant("write");
  expect(place.learner("weur").machine.policyRevision).toBeLessThan(3);
  expect(await place.write(ANN, "weur", ops.put("a", "1"))).toMatchObject({ kind: "applied" });
});

test("each copy of a request is told what it came to in its own slot", async () => {
  const place = new Place();
  await place.bind();
  await place.cluster.pass(1_500);
  const learner = place.learner("weur");
  const { configuration } = place.cluster;
  const { policyRevision } = learner.machine;
  const first = learner.machine.appliedUpTo + 1;
  const copies = [0, policyRevision].map((stamp, index) => {
    const slot = first + index;
    const body = entryEncode([{ id: "twice", birth: first, stamp, op: ops.put("a", "1") }]);
    return { slot, entry: { id: `copy-${index}`, body } };
  });
  const told = copies.map(({ slot }) =>
    learner.handle({
      kind: "settle",
      configuration,
      decided: copies,
      slot,
      requests: [{ id: "twice" }],
      waitMs: 1_000,
    }),
  );
  expect(await place.cluster.until(Promise.all(told))).toMatchObject([
    { kind: "settled", results: [{ kind: "refused", why: "policy-changed" }] },
    { kind: "settled", results: [{ kind: "put", version: 1 }] },
  ]);
});
