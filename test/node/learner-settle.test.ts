import { expect, test } from "vitest";
import { entryEncode } from "../../src/state/entry.ts";
import { EXACTLY_ONCE_SLOTS } from "../../src/state/limits.ts";
import { ops } from "../state/drive.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

test("a command that came too late is told so, and the others of its batch have their results", async () => {
  const cluster = new VirtualCluster();
  const { configuration } = cluster;
  const learner = cluster.learner("weur");
  const commands = [
    { id: "in time", birth: 1, op: ops.put("a", "1") },
    { id: "too late", birth: 2 + EXACTLY_ONCE_SLOTS, op: ops.put("b", "1") },
  ];
  const decided = [{ slot: 1, entry: { id: "entry", body: entryEncode(commands) } }];
  const requests = commands.map(({ id }) => ({ id }));

  const call = { kind: "settle", configuration, decided, slot: 1, requests, waitMs: 100 } as const;

  expect(await cluster.until(learner.handle(call))).toMatchObject({
    kind: "settled",
    results: [
      { kind: "put", revision: 2 },
      { kind: "refused", why: "expired" },
    ],
  });
});

test("of transactions with more in their results than there is memory for, each is told its verdict", async () => {
  const cluster = new VirtualCluster();
  const { configuration } = cluster;
  const learner = cluster.learner("weur");
  const value = "v".repeat(1 << 20);
  for (let key = 0; key < 6; key++) await cluster.chosen(learner, ops.put(`k${key}`, value));
  const success = Array.from({ length: 6 }, (_, key) => ops.range(`k${key}`));
  const requests = ["first", "second", "third"].map((id) => ({ id }));
  const decided = requests.map(({ id }, index) => {
    const command = { id, birth: 7, op: { kind: "txn", compare: [], success, failure: [] } } as const;
    return { slot: 7 + index, entry: { id: `entry-${id}`, body: entryEncode([command]) } };
  });
  await cluster.until(learner.handle({ kind: "learn", configuration, decided }));
  const call = { kind: "settle", configuration, decided: [], slot: 9, requests, waitMs: 100 } as const;
  const answer = await cluster.until(learner.handle(call));
  const told = answer.kind === "settled" ? answer.results : [];
  expect(told.map((result) => result?.kind === "txn" && result.succeeded)).toEqual([true, true, true]);
  const whole = told.filter((result) => result?.kind === "txn" && result.parts.every((part) => !("omitted" in part)));
  expect(whole).toHaveLength(1);
});

test("a result too large to be kept for long is there, whole, for whoever waits for it", async () => {
  const cluster = new VirtualCluster();
  const { configuration } = cluster;
  const learner = cluster.learner("weur");
  const value = "v".repeat(100_000);
  await cluster.chosen(learner, ops.put("k", value));
  const command = { id: "delete", birth: 2, op: { ...ops.del("k"), prevKv: true } };
  const decided = [{ slot: 2, entry: { id: "entry", body: entryEncode([command]) } }];
  const call = { kind: "settle", configuration, decided, slot: 2, requests: [{ id: "delete" }], waitMs: 100 } as const;
  const answer = await cluster.until(learner.handle(call));

  expect(learner.machine.result("delete")).toMatchObject({ kind: "applied-before" });
  expect(answer).toMatchObject({ kind: "settled", results: [{ kind: "delete", deleted: 1 }] });
  if (answer.kind !== "settled" || answer.results[0]?.kind !== "delete") throw new Error("it was not deleted");
  expect(answer.results[0].prev?.[0]?.value.byteLength).toBe(value.length);
});

test("what an entry of a newer build would come to a learner cannot say, and says so", async () => {
  const cluster = new VirtualCluster();
  const { configuration } = cluster;
  const told: unknown[] = [];
  const learner = cluster.learner("weur", () => {}, undefined, undefined, {}, { log: (alarm) => told.push(alarm) });
  const newer = { kind: "of-tomorrow", key: Uint8Array.of(1) } as never;
  const entry = { id: "newer", body: entryEncode([{ id: "request", birth: 1, op: newer }]) };
  const call = { kind: "preview", configuration, slot: 1, entry, waitMs: 0 } as const;
  expect(await cluster.until(learner.handle(call))).toEqual({ kind: "behind", appliedUpTo: 0, revision: 1 });
  // Once it is chosen the learner stops before it, and its status says at which slot and why.
  await learner.handle({ kind: "learn", configuration, decided: [{ slot: 1, entry }] });
  expect(await learner.handle({ kind: "status", configuration })).toMatchObject({
    appliedUpTo: 0,
    stopped: { slot: 1, why: expect.stringContaining("of-tomorrow") },
  });
  expect(told).toEqual([]);
});
