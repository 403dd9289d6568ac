import { expect, test } from "vitest";
import { BALLOT_ZERO } from "../../src/core/ballot.ts";
import { Proposer } from "../../src/node/propose/proposer.ts";
import { Health } from "../../src/node/rpc/health.ts";
import { NOOP_BODY } from "../../src/state/entry.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

test("an acceptor that is slower than it should be is not suspected for ever, however often it is asked", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) {
    cluster.acceptor(region);
    cluster.tripMs.set(region, 500);
  }
  const health = new Health(cluster.host, "weur");
  for (const region of cluster.configuration.members) health.missed(region);
  const proposer = new Proposer({ ...cluster.contextIn("weur"), health });

  const first = await cluster.until(proposer.quorumRead(0));
  await cluster.pass(1_000);
  const second = await cluster.until(proposer.quorumRead(0));

  expect(first).toBeUndefined();
  expect(second).toMatchObject({ slot: 0 });
});

test("a refusal of a message that was sent twice does not rule out a vote of the first time", async () => {
  const cluster = new VirtualCluster(["weur"]);
  const acceptor = cluster.acceptor("weur");
  const parts = cluster.partsIn("weur");
  const entry = { id: "mine", body: NOOP_BODY };
  const { configuration } = cluster;
  const twice: typeof parts.acceptors = {
    call: async (_to, call) => {
      acceptor.handle(call);
      const higher = { kind: "prepare", ballot: { n: 5, proposer: "other" }, from: 1 } as const;
      acceptor.handle({ kind: "steps", configuration, requests: [higher] });
      return { ok: true, answer: acceptor.handle(call), repeated: true };
    },
  };
  const proposer = new Proposer({ ...cluster.contextIn("weur"), parts: { ...parts, acceptors: twice } });
  const { verdict, anyVote } = await proposer.fast(entry, 1, { ballot: BALLOT_ZERO, openFrom: 1 });
  expect(verdict.kind).toBe("refused");
  expect(anyVote).toBe(true);
});

/** A quorum read by a reader at weur, the nearest of five acceptors to it being itself, enam and wnam. */
function reading() {
  const cluster = new VirtualCluster(["wnam", "enam", "weur", "apac", "oc"]);
  const health = new Health(cluster.host, "weur");
  const read = () => new Proposer({ ...cluster.contextIn("weur"), health }).quorumRead(0);
  return { cluster, read };
}

test("a read asks as many acceptors as it needs, the nearest; the others when one of those is late", async () => {
  const { cluster, read } = reading();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  expect(await cluster.until(read())).toMatchObject({ slot: 0 });
  expect(cluster.calls.sort()).toEqual(["acceptor enam steps", "acceptor weur steps", "acceptor wnam steps"]);

  cluster.put("acceptor", "enam", () => new Promise(() => {}));
  const startedAt = cluster.host.now();
  expect(await cluster.until(read())).toMatchObject({ slot: 0 });
  // Late after five quarters of the way to wnam and back; then the way to apac and back.
  expect(cluster.host.now() - startedAt).toBeLessThan(1.25 * 145 + 25 + 170 + 10);
});

test("a read that hears too few says so, whoever was asked first", async () => {
  const { cluster, read } = reading();
  for (const region of ["weur", "oc"] as const) cluster.acceptor(region);
  expect(await cluster.until(read())).toBeUndefined();
});
