import { expect, test } from "vitest";
import { sleep } from "../../src/network/host.ts";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import { SharedCalls } from "../../src/node/rpc/shared-calls.ts";
import { SHARED_FORSAKEN_MS } from "../../src/node/timing.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const CALL_MS = 100;
const WAIT_MS = 5_000;

/** An object that answers each question with itself, doubled, and remembers what came together. */
function doubler(cluster: VirtualCluster) {
  const calls: (readonly number[])[] = [];
  const send = async (questions: readonly number[]) => {
    calls.push([...questions]);
    await sleep(cluster.host, CALL_MS);
    return questions.map((one) => 2 * one);
  };
  return { calls, send };
}

test("the first call goes at once; what comes while it is under way goes together, each with its own answer", async () => {
  const cluster = new VirtualCluster();
  const { calls, send } = doubler(cluster);
  const shared = new SharedCalls<number, number>(NODE_LIMITS);
  const ask = (question: number, bytes = 1) =>
    shared.ask(cluster.host, "lane", { question, bytes, waitMs: WAIT_MS }, send);

  const first = ask(1);
  await cluster.pass(1);
  expect(calls).toEqual([[1]]);
  const rest = [2, 3, 4].map((question) => ask(question));
  expect(await cluster.until(Promise.all([first, ...rest]))).toEqual([2, 4, 6, 8]);
  expect(calls).toEqual([[1], [2, 3, 4]]);
});

test("lanes do not wait for each other, and what is too large does not go together", async () => {
  const cluster = new VirtualCluster();
  const { calls, send } = doubler(cluster);
  const shared = new SharedCalls<number, number>(NODE_LIMITS);
  const large = 3 * 1024 * 1024;
  const ask = (lane: string, question: number) =>
    shared.ask(cluster.host, lane, { question, bytes: large, waitMs: WAIT_MS }, send);

  const all = [ask("a", 1), ask("a", 2), ask("b", 3)];
  expect(await cluster.until(Promise.all(all))).toEqual([2, 4, 6]);
  expect(calls.map((call) => call.length)).toEqual([1, 1, 1]);
});

test("nobody waits for a call for ever, nor for one who gathered and is gone", async () => {
  const cluster = new VirtualCluster();
  const { calls, send } = doubler(cluster);
  const shared = new SharedCalls<number, number>(NODE_LIMITS);
  const question = { question: 1, bytes: 1, waitMs: WAIT_MS };
  // The runtime ended this request: its timers never come.
  const gone = { ...cluster.host, timer: () => () => {} };
  void shared.ask(gone, "lane", question, send);
  const joined = shared.ask(cluster.host, "lane", question, send);
  await cluster.pass(SHARED_FORSAKEN_MS + 1);
  expect(await cluster.until(shared.ask(cluster.host, "lane", question, send))).toBe(2);
  expect(calls).toHaveLength(1);
  expect(await cluster.until(joined)).toBeUndefined();
});

test("a call without an answer is told to all who shared it", async () => {
  const cluster = new VirtualCluster();
  const shared = new SharedCalls<number, number>(NODE_LIMITS);
  const ask = (question: number) =>
    shared.ask(cluster.host, "lane", { question, bytes: 1, waitMs: WAIT_MS }, async () => undefined);
  expect(await cluster.until(Promise.all([ask(1), ask(2)]))).toEqual([undefined, undefined]);
});

test("who has little patience waits no longer, and takes the call from nobody who has more", async () => {
  const cluster = new VirtualCluster();
  const { calls, send } = doubler(cluster);
  const shared = new SharedCalls<number, number>(NODE_LIMITS);
  const patience: number[] = [];
  const ask = (question: number, waitMs: number) =>
    shared.ask(cluster.host, "lane", { question, bytes: 1, waitMs }, (questions, callMs) => {
      patience.push(callMs);
      return send(questions);
    });

  const [hurried, patient] = [ask(1, CALL_MS / 2), ask(2, WAIT_MS)];
  const began = cluster.host.now();
  expect(await cluster.until(hurried)).toBeUndefined();
  expect(cluster.host.now() - began).toBe(CALL_MS / 2);
  expect(await cluster.until(patient)).toBe(4);
  expect(calls).toEqual([[1, 2]]);
  expect(patience).toEqual([WAIT_MS]);
});

test("after a call that nobody answered, answers are looked for as soon as ever", async () => {
  const cluster = new VirtualCluster();
  const { send } = doubler(cluster);
  const shared = new SharedCalls<number, number>(NODE_LIMITS);
  const ask = (question: number, way: (questions: readonly number[]) => Promise<number[] | undefined>) =>
    shared.ask(cluster.host, "lane", { question, bytes: 1, waitMs: WAIT_MS }, way);
  const unanswered = () => sleep(cluster.host, WAIT_MS - 1).then(() => undefined);

  await cluster.until(ask(1, send));
  await cluster.until(ask(2, unanswered));
  const began = cluster.host.now();
  expect(await cluster.until(Promise.all([ask(3, send), ask(4, send)]))).toEqual([6, 8]);
  expect(cluster.host.now() - began).toBeLessThan(2 * CALL_MS);
});

test("a call that breaks off is over for all who shared it", async () => {
  const cluster = new VirtualCluster();
  const shared = new SharedCalls<number, number>(NODE_LIMITS);
  const question = { question: 1, bytes: 1, waitMs: WAIT_MS };
  const broken = async (): Promise<undefined> => {
    throw new Error("a broken invariant");
  };
  const host = { ...cluster.host, background: (work: Promise<unknown>) => void work.catch(() => {}) };
  const began = cluster.host.now();
  const first = shared.ask(host, "lane", question, broken);
  const joined = shared.ask(host, "lane", question, broken);
  await expect(cluster.until(first)).rejects.toThrow("a broken invariant");
  expect(await cluster.until(joined)).toBeUndefined();
  expect(cluster.host.now() - began).toBeLessThan(CALL_MS);
});
