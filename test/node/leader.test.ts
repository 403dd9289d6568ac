import { expect, test } from "vitest";
import { Leader } from "../../src/node/leader/leader.ts";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import type { LeaderAnswer } from "../../src/node/rpc/leader-call.ts";
import { LEADER_IDLE_MS } from "../../src/node/timing.ts";
import { ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const WAIT_MS = 2_500;

function submit(cluster: VirtualCluster, leader: Leader, id: string, value = "v"): Promise<LeaderAnswer> {
  const command = { id, birth: 1, op: ops.put("k", value) };
  return leader.handle({ kind: "submit", configuration: cluster.configuration, commands: [command], waitMs: WAIT_MS });
}

test("a leader that finds an invariant broken when it is elected does not try for ever, nor without a pause", async () => {
  const cluster = new VirtualCluster();
  const { members } = cluster.configuration;
  for (const region of members) {
    cluster.put("acceptor", region, ({ requests: [request] }: { requests: readonly { ballot: object }[] }) => {
      const position = { promised: request?.ballot, openFrom: 1, chosenUpTo: 0, firstSlot: 1 };
      // Two entries with classic votes at one ballot.
      const votes = [{ slot: 1, ballot: { n: 0, proposer: "p" }, kind: "classic", entryId: region }];
      const reply = { kind: "promised", position, ballot: request?.ballot, votes, known: [] };
      return { kind: "replies", replies: [reply], entries: [] };
    });
  }
  cluster.put("learner", "weur", () => ({ kind: "silent" }));
  const host = { ...cluster.host, background: (work: Promise<unknown>) => void work.catch(() => {}) };
  const leader = new Leader(host, cluster.partsIn("weur"), cluster.configuration);

  expect(await cluster.until(submit(cluster, leader, "command"))).toEqual({ kind: "failed" });
  await cluster.pass(2 * WAIT_MS);
  const tried = cluster.calls.length;
  await cluster.pass(60_000);

  expect(tried).toBeLessThan(100);
  expect(cluster.calls.length).toBe(tried);
});

test("commands that wait for a leader are bounded in bytes", async () => {
  const cluster = new VirtualCluster();
  const leader = new Leader(cluster.host, cluster.partsIn("weur"), cluster.configuration);
  const value = "v".repeat(1024 * 1024);
  const count = NODE_LIMITS.queueBytesMax / value.length;
  const answers: Promise<LeaderAnswer>[] = [];
  for (let index = 0; index < count; index++) answers.push(submit(cluster, leader, `${index}`, value));
  const refused = await Promise.race([answers.at(-1), answers[0], cluster.pass(0).then(() => "waits")]);
  expect(refused).toEqual({ kind: "failed" });
  await cluster.pass(WAIT_MS);
  expect(await Promise.all(answers)).toHaveLength(count);
});

test("a leader that leads and has too much to do says that it is busy", async () => {
  const cluster = new VirtualCluster();
  for (const region of cluster.configuration.members) cluster.acceptor(region);
  cluster.learner("weur");
  const leader = new Leader(cluster.host, cluster.partsIn("weur"), cluster.configuration);
  expect(await cluster.until(submit(cluster, leader, "first"))).toMatchObject({ kind: "submitted" });

  const value = "v".repeat(1024 * 1024);
  const count = NODE_LIMITS.queueBytesMax / value.length + NODE_LIMITS.pipelineMax + 1;
  const answers = Array.from({ length: count }, (_, index) => submit(cluster, leader, `${index}`, value));
  expect(await cluster.until(answers.at(-1) ?? Promise.reject(new Error("nobody asked")))).toEqual({ kind: "busy" });
  await cluster.pass(2 * WAIT_MS);
});

test("the commands of a round that failed go again, in a new ballot", async () => {
  const cluster = new VirtualCluster();
  const { configuration } = cluster;
  const acceptors = configuration.members.map((region) => cluster.acceptor(region));
  cluster.learner("weur");
  const leader = new Leader(cluster.host, cluster.partsIn("weur"), configuration);
  expect(await cluster.until(submit(cluster, leader, "first"))).toMatchObject({ kind: "submitted", slot: 1 });

  const elsewhere = { kind: "prepare", ballot: { n: 99, proposer: "another" }, from: 2 } as const;
  for (const acceptor of acceptors) acceptor.handle({ kind: "steps", configuration, requests: [elsewhere] });

  const answer = await cluster.until(submit(cluster, leader, "second"));
  expect(answer).toMatchObject({ kind: "submitted", results: [{ kind: "put", version: 2 }] });
  if (answer.kind === "submitted") expect(answer.hint.ballot.n).toBeGreaterThan(99);
});

test("a leader takes an acceptor along that a broken off recovery left with a higher ballot", async () => {
  const cluster = new VirtualCluster();
  const { configuration } = cluster;
  const acceptors = configuration.members.map((region) => cluster.acceptor(region));
  cluster.learner("weur");
  const left = { kind: "prepare", ballot: { n: 99, proposer: "another" }, from: 1 } as const;
  acceptors.at(-1)?.handle({ kind: "steps", configuration, requests: [left] });

  const leader = new Leader(cluster.host, cluster.partsIn("weur"), configuration);
  expect(await cluster.until(submit(cluster, leader, "first"))).toMatchObject({ kind: "submitted" });
  // It opens the log, which is no use as long as one acceptor keeps it closed.
  await cluster.pass(2 * LEADER_IDLE_MS);
  expect(await cluster.until(submit(cluster, leader, "second"))).toMatchObject({ kind: "submitted" });
  await cluster.pass(2 * LEADER_IDLE_MS);

  const votes = { kind: "steps", configuration, requests: [{ kind: "votes" }] } as const;
  const positions = acceptors.map((acceptor) => {
    const answer = acceptor.handle(votes);
    return answer.kind === "replies" ? answer.replies[0]?.position : undefined;
  });
  expect(positions[0]?.promised.n).toBeGreaterThan(99);
  for (const position of positions) expect(position).toMatchObject({ promised: positions[0]?.promised, openFrom: 3 });
});
