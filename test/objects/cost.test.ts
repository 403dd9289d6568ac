import { beforeAll, describe, expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import { Memory } from "../../src/node/coordinate/request-coordinator.ts";
import { type Cost, Meter } from "./meter.ts";
import { command, Namespace, put, until } from "./namespace.ts";
import { Watcher } from "./watcher.ts";

const HOME = "weur";
const MEMBERS = 5;
const READ_QUORUM = 3;
const BATCH = 10;
const ALARM_FAR_MS = 60_000;
/** A machine so slow that an alarm goes off in the middle of a write has more to count. */
const RETRIES = 3;

const NOTHING: Cost = { acceptor: 0, learner: 0, leader: 0, rows: 0, alarms: 0, alarmsSet: 0 };

/** What a put costs each learner: where it stands, the request id, the version, its place in the key order. */
const ROWS_PER_PUT = 3;
const ROWS_PER_ENTRY = 1;
/** What an entry costs each acceptor: the vote, and the prefix that moves over it. */
const ROWS_PER_VOTE = 2;

let meter: Meter;

beforeAll(async () => {
  await new Namespace().inStorage("acceptor", HOME, (storage) => {
    meter = new Meter(storage);
  });
});

/** The table is named after the level, which is 1 once a command was applied. */
function appliedIn({ sql }: DurableObjectStorage): SqlStorageValue | undefined {
  const [table] = sql.exec("SELECT name FROM sqlite_master WHERE name = 'meta_1'").toArray();
  return table && sql.exec("SELECT applied AS slot FROM meta_1").toArray()[0]?.slot;
}

/** Until all is told that the slot has to tell. Looks into storage, which counts as nothing. */
async function atRest(ns: Namespace, slot: number): Promise<void> {
  await until(async () => {
    const heights = ns.regions.flatMap((region) => [
      ns.inStorage("acceptor", region, ({ sql }) => sql.exec("SELECT chosen_up_to AS slot FROM acceptor").one().slot),
      ns.inStorage("learner", region, appliedIn),
    ]);
    return (await Promise.all(heights)).every((height) => height === slot);
  });
}

/** The cost of what `act` does, which decides everything up to `slot`, and of the alarms that it makes go off. */
async function costOf(ns: Namespace, slot: number, act: () => Promise<unknown>): Promise<Cost> {
  meter.take();
  await act();
  await atRest(ns, slot);
  for (const region of ns.regions) await ns.alarm("acceptor", region);
  return meter.take();
}

async function writeOne(ns: Namespace): Promise<void> {
  expect(await ns.client(HOME).write({ op: put("k") })).toMatchObject({ kind: "applied", path: "fast" });
}

/** Straight to the leader, as a Worker does that has the hint. */
async function submitAll(ns: Namespace, count: number): Promise<void> {
  const commands = Array.from({ length: count }, (_, index) => command(put(`k-${index}`), 1));
  const answers = await Promise.all(commands.map((one) => ns.leader(HOME, one)));
  for (const { kind } of answers) expect(kind).toBe("submitted");
}

function difference(a: Cost, b: Cost): Cost {
  const names = Object.keys(NOTHING) as (keyof Cost)[];
  return Object.fromEntries(names.map((name) => [name, a[name] - b[name]])) as unknown as Cost;
}

/** For whoever reads the run: per command, without and with the alarms of a log that was at rest before. */
function print(name: string, { acceptor, learner, leader, rows, alarms, alarmsSet }: Cost, commands = 1): void {
  const requests = acceptor + learner + leader;
  const each = (count: number) => count / commands;
  console.log(
    `${name}: per command ${each(requests)} requests, ${each(rows)} rows written;`,
    `from rest ${each(requests + alarms)} and ${each(rows + alarmsSet)}`,
  );
}

describe("what a command costs, in Durable Object requests and rows written", { retry: RETRIES }, () => {
  test("on the fast path", async () => {
    const ns = new Namespace();
    await costOf(ns, 1, () => writeOne(ns));
    const cost = await costOf(ns, 2, () => writeOne(ns));
    print("fast path", cost);
    expect(cost).toEqual({
      // A vote, and word that the slot is chosen.
      acceptor: 2 * MEMBERS,
      // The command, and word to the others.
      learner: 1 + (MEMBERS - 1),
      leader: 0,
      rows: MEMBERS * (ROWS_PER_VOTE + ROWS_PER_ENTRY + ROWS_PER_PUT),
      alarms: MEMBERS,
      alarmsSet: MEMBERS,
    });
  });

  test("of one process, ten at once: no more requests than for one", async () => {
    const ns = new Namespace();
    await costOf(ns, 1, () => writeOne(ns));
    const memory = new Memory({ now: () => Date.now() }, HOME);
    const cost = await costOf(ns, 2, async () => {
      const keys = Array.from({ length: BATCH }, (_, index) => `k-${index}`);
      const outcomes = await Promise.all(keys.map((key) => ns.client(HOME, memory).write({ op: put(key) })));
      for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: "applied", path: "fast" });
    });
    print(`fast path, batch of ${BATCH}`, cost, BATCH);
    expect(cost).toEqual({
      acceptor: 2 * MEMBERS,
      learner: 1 + (MEMBERS - 1),
      leader: 0,
      rows: MEMBERS * (ROWS_PER_VOTE + ROWS_PER_ENTRY + BATCH * ROWS_PER_PUT),
      alarms: MEMBERS,
      alarmsSet: MEMBERS,
    });
  });

  test("through a leader, alone and ten in an entry", async () => {
    const ns = new Namespace();
    await costOf(ns, 1, () => writeOne(ns));
    const elected = await costOf(ns, 2, () => submitAll(ns, 1));
    const alone = await costOf(ns, 3, () => submitAll(ns, 1));
    print("leader, batch of 1", alone);
    expect(alone).toEqual({
      acceptor: 2 * MEMBERS,
      // The results, and word to the others.
      learner: 1 + (MEMBERS - 1),
      leader: 1,
      rows: MEMBERS * (ROWS_PER_VOTE + ROWS_PER_ENTRY + ROWS_PER_PUT),
      alarms: MEMBERS,
      alarmsSet: MEMBERS,
    });
    const election = difference(elected, alone);
    console.log("an election on top of that", JSON.stringify(election));
    expect(election).toEqual({
      ...NOTHING,
      // The prepare.
      acceptor: MEMBERS,
      // The leader asks where the log stands, and has all told that it leads.
      learner: 2 + (MEMBERS - 1),
      // The promise, and what the home learner was told of it.
      rows: 2 * MEMBERS,
    });

    // What comes while a leader is elected goes together once it is.
    await ns.crash("leader", HOME);
    const batch = difference(await costOf(ns, 4, () => submitAll(ns, BATCH)), election);
    print(`leader, batch of ${BATCH}`, batch, BATCH);
    expect(batch).toEqual({
      ...alone,
      leader: BATCH,
      rows: MEMBERS * (ROWS_PER_VOTE + ROWS_PER_ENTRY + BATCH * ROWS_PER_PUT),
    });
  });

  test("a read: four requests when it is linearizable, one when it is local, and nothing written", async () => {
    const ns = new Namespace();
    await costOf(ns, 1, () => writeOne(ns));
    const query = { kind: "range", key: utf8Encode("k") } as const;
    const read = (consistency: "linearizable" | "local") =>
      costOf(ns, 1, async () => {
        expect((await ns.client(HOME).read({ query, consistency })).kind).toBe("answer");
      });
    expect(await read("linearizable")).toEqual({ ...NOTHING, learner: 1, acceptor: READ_QUORUM });
    expect(await read("local")).toEqual({ ...NOTHING, learner: 1 });
  });

  test("watchers add nothing to a command", async () => {
    const ns = new Namespace();
    const watchers = await Promise.all(ns.regions.map((region) => Watcher.open(ns, region)));
    await costOf(ns, 1, () => writeOne(ns));
    // Their own alarms would be counted with the command.
    for (const region of ns.regions) await ns.inStorage("learner", region, (storage) => storage.deleteAlarm());
    const cost = await costOf(ns, 2, () => writeOne(ns));
    expect(cost.acceptor + cost.learner).toBe(2 * MEMBERS + 1 + (MEMBERS - 1));
    expect(cost.rows).toBe(MEMBERS * (ROWS_PER_VOTE + ROWS_PER_ENTRY + ROWS_PER_PUT));
    // With nothing new, a watched learner asks the acceptors each time its alarm goes off, and sets the next.
    await ns.alarm("acceptor", HOME);
    meter.take();
    await ns.inStorage("learner", HOME, (storage) => storage.setAlarm(Date.now() + ALARM_FAR_MS));
    await ns.alarm("learner", HOME);
    await ns.inStorage("learner", HOME, (storage) => storage.deleteAlarm());
    expect(meter.take()).toEqual({ ...NOTHING, acceptor: READ_QUORUM, alarms: 1, alarmsSet: 2 });
    for (const watcher of watchers) watcher.close();
  });
});
