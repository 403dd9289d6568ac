import { describe, expect, test } from "vitest";
import { BALLOT_ZERO, type Ballot } from "../../src/core/ballot.ts";
import { type Entry, type Slot, WINDOW_SLOTS } from "../../src/core/log.ts";
import type { AcceptorRequest } from "../../src/core/message.ts";
import { chosenPuts, command, entryOf, Namespace, put, until } from "./namespace.ts";
import { Watcher } from "./watcher.ts";

const owned: Ballot = { n: 1, proposer: "died" };

/** What a proposer left behind that died before it told anybody: the entries, and the messages that arrived. */
interface Remains {
  /** By acceptor, in the order of the regions. */
  readonly arrived: readonly (readonly AcceptorRequest[])[];
  /** For each slot, which of the values may be chosen there; "" is the NOOP. */
  readonly values: readonly (readonly string[])[];
}

const x = entryOf(command(put("x"), 1));
const y = entryOf(command(put("y"), 1));
const z = entryOf(command(put("z"), 1));

function fast(entry: Entry, slot: Slot = 1): AcceptorRequest {
  return { kind: "fast-accept", ballot: BALLOT_ZERO, openFrom: 1, slot, entry };
}

function classic(entry: Entry, slot: Slot = 1): AcceptorRequest {
  return { kind: "accept", ballot: owned, slot, entry };
}

function marked(entry: Entry, slot: Slot): AcceptorRequest {
  return { kind: "learn", chosen: [{ slot, entryId: entry.id, entry }] };
}

const REMAINS: Readonly<Record<string, Remains>> = {
  "fast votes at all five": { arrived: [[fast(x)], [fast(x)], [fast(x)], [fast(x)], [fast(x)]], values: [["x"]] },
  "fast votes at four of five, a fast quorum": {
    arrived: [[fast(x)], [fast(x)], [fast(x)], [fast(x)], []],
    values: [["x"]],
  },
  "fast votes at three of five": { arrived: [[], [fast(x)], [fast(x)], [], [fast(x)]], values: [["x"]] },
  "a lone fast vote": { arrived: [[], [], [fast(x)], [], []], values: [["x"]] },
  "a split 2-2-1": {
    arrived: [[fast(x)], [fast(x)], [fast(y)], [fast(y)], [fast(z)]],
    values: [["x", "y", "z"]],
  },
  "a split 4-1, decided for one": {
    arrived: [[fast(x)], [fast(x)], [fast(y)], [fast(x)], [fast(x)]],
    values: [["x"]],
  },
  "a lone classic vote": { arrived: [[], [], [], [classic(x)], []], values: [["x"]] },
  "a classic quorum": { arrived: [[classic(x)], [], [classic(x)], [], [classic(x)]], values: [["x"]] },
  "a lone classic vote above fast votes of another": {
    arrived: [[fast(y)], [fast(y)], [fast(y), classic(x)], [], []],
    values: [["x", "y"]],
  },
  "a prepared ballot, whose owner died before it opened the log": {
    arrived: [1, 2, 3, 4, 5].map((_, index) => [
      ...(index === 0 ? [fast(x)] : []),
      { kind: "prepare", ballot: owned, from: 1 } as const,
    ]),
    // Recovery goes on with the first three promises, and the one that tells of the vote may not be among them.
    values: [["x", ""]],
  },
  "a vote above a hole that nobody voted in": {
    arrived: [[fast(x, 3)], [fast(x, 3)], [fast(x, 3)], [], []],
    values: [[""], [""], ["x"]],
  },
  "a hole under a marked slot": { arrived: [[], [marked(x, 2)], [], [], []], values: [[""], ["x"]] },
  "several slots of a pipelining leader, the first of them nowhere": {
    arrived: [[classic(y, 2), classic(z, 3)], [classic(y, 2)], [classic(y, 2)], [], []],
    values: [[""], ["y"], ["z"]],
  },
};

async function leave(ns: Namespace, { arrived }: Remains): Promise<void> {
  for (const [index, requests] of arrived.entries()) {
    const region = ns.regions[index];
    if (region !== undefined && requests.length > 0) await ns.steps(region, ...requests);
  }
}

/** Runs the alarms, those set by alarms too, until no acceptor holds anything undecided. */
async function alarmsRun(ns: Namespace): Promise<void> {
  await until(async () => {
    for (const region of ns.regions) await ns.alarm("acceptor", region);
    const held = await Promise.all(ns.regions.map((region) => ns.votes(region)));
    const prefixes = new Set(held.map(({ position }) => position.chosenUpTo));
    return prefixes.size === 1 && held.every(({ votes, known }) => votes.length + known.length === 0);
  });
}

async function expectFinished(ns: Namespace, { values }: Remains, watchers: readonly Watcher[]): Promise<void> {
  const slots = values.length;
  expect(await ns.settled(slots)).toBe(slots);
  const learnt: string[][] = [];
  for (const region of ns.regions) {
    const present = await Promise.all(["x", "y", "z"].map((key) => ns.local(region, key)));
    learnt.push(["x", "y", "z"].filter((_, index) => present[index] !== undefined));
  }
  const [first = []] = learnt;
  for (const one of learnt) expect(one).toEqual(first);
  const digests = await Promise.all(ns.regions.map(async (region) => (await ns.status(region)).digest));
  expect(new Set(digests).size).toBe(1);

  let sure = 0;
  for (const one of values.filter((each) => each[0] !== "")) {
    const chosen = first.filter((key) => one.includes(key)).length;
    expect(chosen).toBeLessThanOrEqual(1);
    if (!one.includes("")) expect(chosen).toBe(1);
    sure += chosen;
  }
  expect(first.length).toBe(sure);
  for (const watcher of watchers) {
    await until(() => watcher.events.length >= first.length);
    expect(watcher.keys.toSorted()).toEqual(first);
  }
}

describe("nobody forgets a slot: a proposer dies after its messages, and the acceptors' alarms finish them", () => {
  test.concurrent.each(Object.keys(REMAINS))("%s", async (name) => {
    const remains = REMAINS[name] as Remains;
    const ns = new Namespace();
    const watchers = await Promise.all(ns.regions.map((region) => Watcher.open(ns, region, 2)));
    await leave(ns, remains);
    // An acceptor that lost its memory takes every vote for an old one, and need not be waited for.
    for (const region of ns.regions) {
      if ((await ns.votes(region)).position.chosenUpTo < remains.values.length) await ns.evict("acceptor", region);
    }
    await alarmsRun(ns);
    await expectFinished(ns, remains, watchers);
    for (const watcher of watchers) watcher.close();
  });

  test("by themselves, with nobody to run an alarm but the runtime, and watchers with no slot to wait for", async () => {
    const remains = REMAINS["a split 2-2-1"] as Remains;
    const ns = new Namespace();
    const watchers = await Promise.all(ns.regions.map((region) => Watcher.open(ns, region)));
    await leave(ns, remains);
    await ns.quiet();
    await expectFinished(ns, remains, watchers);
    for (const watcher of watchers) watcher.close();
  });

  test("the fast path is open afterwards, and an acceptor that was passed over takes part again", async () => {
    const ns = new Namespace();
    await leave(ns, REMAINS["a split 2-2-1"] as Remains);
    await ns.evictAll("acceptor");
    await alarmsRun(ns);
    await ns.settled(1);
    const outcome = await ns.client("weur").write({ op: put("next") });
    expect(outcome).toMatchObject({ kind: "applied", path: "fast" });
    const slot = await ns.quiet();
    const logs = await Promise.all(
      ns.regions.map((region) => ns.acceptor(region, { kind: "log", configuration: ns.configuration, from: 1 })),
    );
    for (const log of logs) expect(log).toEqual(logs[0]);
    expect(slot).toBe(2);
  });

  test("with the acceptors at different prefixes, nobody's alarm goes off for nothing in the end", async () => {
    const ns = new Namespace();
    await leave(ns, REMAINS["several slots of a pipelining leader, the first of them nowhere"] as Remains);
    await ns.evictAll("acceptor");
    await alarmsRun(ns);
    await until(async () => {
      for (const region of ns.regions) await ns.alarm("acceptor", region);
      const set = ns.regions.map((region) => ns.inStorage("acceptor", region, (storage) => storage.getAlarm()));
      return (await Promise.all(set)).every((alarm) => alarm === null);
    });
  });
});

test("an acceptor that comes back beyond the window is told what it missed, and votes again", async () => {
  const ns = new Namespace();
  const away = "oc";
  const present = ns.regions.filter((region) => region !== away);
  const missed = chosenPuts(1, WINDOW_SLOTS + 300);
  await ns.record(missed, present);
  for (const region of present) await ns.tell(region, missed);
  for (let count = 0; count < 3; count++) await ns.write("weur", put("after", `${count}`));
  expect(await ns.quiet()).toBe(missed.length + 3);
  expect(await ns.settled()).toBe(missed.length + 3);
});
