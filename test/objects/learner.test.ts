import { afterEach, describe, expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import { BALLOT_ZERO } from "../../src/core/ballot.ts";
import type { AcceptorRequest } from "../../src/core/message.ts";
import { devNetworkSet } from "../../src/objects/dev-network.ts";
import { ROOT } from "../../src/policy/caller.ts";
import { chosenPuts, command, entryOf, Namespace, put, until } from "./namespace.ts";

const HOME = "apac";
const WAIT_MS = 20_000;

afterEach(() => devNetworkSet({}));

/** All that a learner shows of its state, but how it is watched. */
async function stateOf(ns: Namespace) {
  const { appliedUpTo, revision, digest } = await ns.status(HOME);
  const all = { kind: "range", key: Uint8Array.of(0), end: Uint8Array.of(0) } as const;
  const { result } = await ns.learner(HOME, { kind: "query", caller: ROOT, query: all, waitMs: 0 }, "answer");
  return { appliedUpTo, revision, digest, result };
}

/** A linearizable read of one key at one learner; what it comes to. */
async function readHere(ns: Namespace, key: string) {
  const query = { kind: "range", key: utf8Encode(key) } as const;
  const { result } = await ns.learner(
    HOME,
    { kind: "query", caller: ROOT, query, linearizable: true, waitMs: WAIT_MS },
    "answer",
  );
  return result.kind === "range" ? result.kvs.map(({ value }) => new TextDecoder().decode(value)) : result.kind;
}

describe("a learner applies what is chosen", () => {
  test("in slot order, whatever the order in which it hears of it", async () => {
    const ns = new Namespace();
    const [first, second, third] = chosenPuts(1, 3, "v");
    if (!first || !second || !third) throw new Error("three");
    await ns.record([first, second, third]);
    expect(await ns.tell(HOME, [third])).toBe(0);
    expect(await ns.tell(HOME, [second])).toBe(0);
    expect(await ns.tell(HOME, [first])).toBe(3);
    expect(await ns.tell(HOME, [first, third])).toBe(3);
    const { kvs } = (await stateOf(ns)).result as { readonly kvs: readonly { readonly modRevision: number }[] };
    expect(kvs.map(({ modRevision }) => modRevision)).toEqual([2, 3, 4]);
  });

  test("and keeps it through evictions and crashes", async () => {
    const ns = new Namespace();
    const chosen = chosenPuts(1, 9);
    await ns.record(chosen);
    for (const [index, one] of chosen.entries()) {
      await ns.tell(HOME, [one]);
      const before = await stateOf(ns);
      expect(before.appliedUpTo).toBe(index + 1);
      await (index % 2 === 0 ? ns.evict("learner", HOME) : ns.crash("learner", HOME));
      expect(await stateOf(ns)).toEqual(before);
    }
  });

  test("the same as any other that applied as much, however they came to it", async () => {
    const ns = new Namespace();
    const chosen = chosenPuts(1, 40);
    await ns.record(chosen);
    await ns.tell("wnam", chosen);
    await ns.tell("enam", chosen.toReversed());
    for (const one of chosen) {
      await ns.tell("weur", [one]);
      if (one.slot % 10 === 0) await ns.evict("learner", "weur");
    }
    await ns.tell("apac", [], { appliedUpTo: 40 });
    await ns.tell("oc", chosen.slice(20), { appliedUpTo: 40 });
    await ns.settled(40);
    const digests = await Promise.all(ns.regions.map(async (region) => (await ns.status(region)).digest));
    expect(new Set(digests).size).toBe(1);
  });
});

test("two learners whose digests differ at one slot say so when one tells the other", async () => {
  const ns = new Namespace();
  const chosen = chosenPuts(1, 3);
  await ns.record(chosen);
  for (const region of [HOME, "oc"] as const) await ns.tell(region, chosen);
  const { appliedUpTo, digest } = await ns.status("oc");
  expect(await ns.tell(HOME, [], { region: "oc", appliedUpTo, digest })).toBe(3);
  await ns.inStorage("learner", HOME, ({ sql }) => {
    sql.exec("UPDATE meta_1 SET digest = zeroblob(32)");
  });
  await ns.crash("learner", HOME);
  await ns.tell(HOME, [], { region: "oc", appliedUpTo, digest });
  const alarms = async () => (await ns.status(HOME)).alarms.map(({ kind }) => kind);
  await expect.poll(alarms).toContain("digest");
});

describe("a request that is repeated", () => {
  test("gets its first result from a learner that was evicted meanwhile, and has no second effect", async () => {
    const ns = new Namespace();
    const id = "the same request";
    const first = await ns.client("weur").write({ op: put("k", "first"), requestId: id });
    if (first.kind !== "applied") throw new Error(first.kind);
    await ns.settled(1);
    await ns.evictAll("learner");
    await ns.evictAll("acceptor");
    for (const region of ns.regions) {
      const again = await ns.client(region).write({ op: put("k", "first"), requestId: id });
      expect(again).toMatchObject({ kind: "applied", result: first.result });
    }
    await ns.settled(1 + ns.regions.length);
    for (const region of ns.regions) expect((await ns.status(region)).revision).toBe(first.result.revision);
  });

  test("is answered by slot and id to a proposer that asks again after an eviction", async () => {
    const ns = new Namespace();
    const slot = 1;
    const decided = [{ slot, entry: entryOf(command(put("a"), 1, "one"), command(put("b"), 1, "two")) }];
    await ns.record(decided);
    const call = { kind: "settle", decided, slot, requests: [{ id: "one" }, { id: "two" }], waitMs: WAIT_MS } as const;
    const first = await ns.learner(HOME, call, "settled");
    await ns.evict("learner", HOME);
    expect(await ns.learner(HOME, call, "settled")).toEqual(first);
    expect(first.results.map((result) => result?.revision)).toEqual([2, 3]);
  });
});

describe("a learner that missed what was chosen", () => {
  test("fetches all of it from the acceptors' logs, a page after the other", async () => {
    const ns = new Namespace();
    await ns.record(chosenPuts(1, 600));
    expect(await readHere(ns, "key-600")).toEqual(["v"]);
    expect((await ns.status(HOME)).appliedUpTo).toBe(600);
  });

  test("from others when its own region's acceptor missed it too", async () => {
    const ns = new Namespace();
    await ns.record(
      chosenPuts(1, 20),
      ns.regions.filter((region) => region !== HOME),
    );
    expect(await readHere(ns, "key-20")).toEqual(["v"]);
    expect((await ns.votes(HOME)).position.chosenUpTo).toBeLessThanOrEqual(20);
    await until(async () => (await ns.votes(HOME)).position.chosenUpTo === 20);
  });

  test("goes on with it in the next instance when it is lost in the middle", async () => {
    const ns = new Namespace();
    await ns.record(chosenPuts(1, 300));
    await ns.tell(HOME, chosenPuts(301, 1), { appliedUpTo: 300 });
    await ns.crash("learner", HOME);
    expect(await readHere(ns, "key-300")).toEqual(["v"]);
  });

  test("has a gap below a chosen slot filled, and answers its proposer", async () => {
    const ns = new Namespace();
    const entry = entryOf(command(put("k"), 2, "one"));
    const vote: AcceptorRequest = { kind: "fast-accept", ballot: BALLOT_ZERO, openFrom: 1, slot: 2, entry };
    for (const region of ns.regions) await ns.step(region, vote);
    const decided = [{ slot: 2, entry }];
    const call = { kind: "settle", decided, slot: 2, requests: [{ id: "one" }], waitMs: WAIT_MS } as const;
    const settled = await ns.learner(HOME, call, "settled");
    expect(settled).toMatchObject({ appliedUpTo: 2, results: [{ kind: "put", revision: 2 }] });
    expect(await ns.settled(2)).toBe(2);
    expect(await ns.quiet()).toBe(2);
  });
});

describe("a linearizable read", () => {
  const entry = entryOf(command(put("k", "new"), 1));
  const fast: AcceptorRequest = { kind: "fast-accept", ballot: BALLOT_ZERO, openFrom: 1, slot: 1, entry };
  const classic: AcceptorRequest = { kind: "accept", ballot: { n: 1, proposer: "p" }, slot: 1, entry };

  test.each([
    ["fast votes of a quorum that nobody told of", fast, 4],
    ["classic votes of a quorum that nobody told of", classic, 3],
  ])("shows %s", async (_, vote, count) => {
    const ns = new Namespace();
    for (const region of ns.regions.slice(0, count)) await ns.step(region, vote);
    expect(await readHere(ns, "k")).toEqual(["new"]);
  });

  test("waits for what it does not have, and is answered as soon as that comes", async () => {
    const ns = new Namespace();
    const decided = [{ slot: 1, entry }];
    await ns.record(decided);
    const reading = readHere(ns, "k");
    await ns.tell(HOME, decided);
    expect(await reading).toEqual(["new"]);
  });

  test("of a fresh namespace is empty, and decides nothing", async () => {
    const ns = new Namespace();
    expect(await readHere(ns, "k")).toEqual([]);
    expect((await ns.status(HOME)).appliedUpTo).toBe(0);
  });

  test("sees every write that was acknowledged in any region before it began, the learner evicted or not", async () => {
    const ns = new Namespace();
    for (const [index, region] of [...ns.regions, ...ns.regions].entries()) {
      await ns.write(region, put("k", `${index}`));
      if (index % 3 === 0) await ns.evict("learner", HOME);
      expect(await readHere(ns, "k")).toEqual([`${index}`]);
    }
  });

  test("is refused without a read quorum, and possible with two acceptors away", async () => {
    const ns = new Namespace();
    await ns.write(HOME, put("k", "here"));
    devNetworkSet({ down: ["wnam", "enam", "weur"] });
    const query = { kind: "range", key: utf8Encode("k") } as const;
    await ns.learner(HOME, { kind: "query", caller: ROOT, query, linearizable: true, waitMs: WAIT_MS }, "no-quorum");
    devNetworkSet({ down: ["wnam", "enam"] });
    expect(await readHere(ns, "k")).toEqual(["here"]);
  });
});
