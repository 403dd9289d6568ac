import { env as bindings } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import type { Region } from "../../../src/network/region.ts";
import { devNetworkSet } from "../../../src/objects/dev-network.ts";
import { nodeLimitsOf } from "../../../src/objects/development-limits.ts";
import type { Env } from "../../../src/objects/env.ts";
import { command, Namespace, put, until } from "../namespace.ts";
import { Watcher } from "../watcher.ts";

/** Small enough for a test to come to: acceptors drop their logs, learners forget what they applied. */
const SMALL = nodeLimitsOf(bindings as unknown as Env);

const HOME = "weur";
const LOST = "oc";
/** What an acceptor holds at rest: what it retains, and what is not yet worth dropping. */
const ROWS_MAX = SMALL.logRetainedSlots + SMALL.logDropSlotsMax;
/** Enough that every acceptor has dropped the beginning. */
const MANY = 30;

afterEach(() => devNetworkSet({}));

/** `count` slots, a command each, as fast as one leader decides them one after the other. */
async function decide(ns: Namespace, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const answer = await ns.leader(HOME, command(put(`key-${index % 50}`, `${index}`), 1));
    if (answer.kind !== "submitted") throw new Error(answer.kind);
  }
}

function logRows(ns: Namespace, region: Region): Promise<number> {
  return ns.inStorage("acceptor", region, ({ sql }) => {
    return sql.exec<{ rows: number }>("SELECT count(*) AS rows FROM log").one().rows;
  });
}

/** Takes everything from a learner. Its sockets stay, unless it crashes. */
async function wipe(ns: Namespace, region: Region, how: "crash" | "evict"): Promise<void> {
  await ns.inStorage("learner", region, (storage) => storage.deleteAll());
  await ns[how]("learner", region);
}

/** No log reaches back to the beginning any more. */
async function dropped(ns: Namespace): Promise<void> {
  await until(async () => {
    const held = await Promise.all(ns.regions.map((region) => ns.votes(region)));
    return held.every(({ position }) => position.firstSlot > 1);
  });
}

async function expectEqual(ns: Namespace): Promise<void> {
  await ns.settled();
  const digests = await Promise.all(ns.regions.map(async (region) => (await ns.status(region)).digest));
  expect(new Set(digests).size).toBe(1);
}

describe("an acceptor's log", () => {
  test("holds no more than it retains, however much is written", async () => {
    const ns = new Namespace();
    const highest: number[] = [];
    for (let wave = 0; wave < 4; wave++) {
      await decide(ns, 40);
      await ns.quiet();
      highest.push(Math.max(...(await Promise.all(ns.regions.map((region) => logRows(ns, region))))));
    }
    for (const rows of highest) expect(rows).toBeLessThanOrEqual(ROWS_MAX);
    expect(highest.at(-1)).toBeLessThanOrEqual(Math.max(...highest.slice(0, 2)) + SMALL.logDropSlots);
    await dropped(ns);
  });

  test("that was left behind what the others still have goes on where they are", async () => {
    const ns = new Namespace();
    await decide(ns, 5);
    devNetworkSet({ down: [LOST] });
    await decide(ns, MANY);
    devNetworkSet({});
    await decide(ns, 3);
    await ns.quiet();
    await expectEqual(ns);
    const { position } = await ns.votes(LOST);
    expect(position.firstSlot).toBeGreaterThan(5);
    expect(await logRows(ns, LOST)).toBeLessThanOrEqual(ROWS_MAX);
  });
});

describe("a learner that lost everything when no log reaches back to the beginning", () => {
  test("comes back while writes go on, with the digest of the others and all of history for its watchers", async () => {
    const ns = new Namespace();
    await decide(ns, MANY);
    await dropped(ns);
    let isBack = false;
    const writing = (async () => {
      while (!isBack) await decide(ns, 1);
    })();
    await wipe(ns, LOST, "crash");
    await until(async () => (await ns.status(LOST)).appliedUpTo > MANY);
    isBack = true;
    await writing;
    await expectEqual(ns);

    const { revision } = await ns.status(LOST);
    const watcher = await Watcher.open(ns, LOST, 2);
    await until(() => watcher.next > revision);
    expect(watcher.revisions).toEqual(Array.from({ length: revision - 1 }, (_, index) => index + 2));
    watcher.close();
  });

  test("tells watchers that stayed connected what they missed, and nothing twice", async () => {
    const ns = new Namespace();
    const watcher = await Watcher.open(ns, LOST, 2);
    await decide(ns, MANY);
    await dropped(ns);
    await until(() => watcher.events.length === MANY);
    await wipe(ns, LOST, "evict");
    await decide(ns, 10);
    await until(() => watcher.events.length >= MANY + 10);
    expect(watcher.revisions).toEqual(Array.from({ length: MANY + 10 }, (_, index) => index + 2));
    watcher.close();
    await expectEqual(ns);
  });

  test("and is lost again and again in the middle of coming back", async () => {
    const ns = new Namespace();
    await decide(ns, MANY);
    await dropped(ns);
    await wipe(ns, LOST, "crash");
    for (let count = 0; count < 6; count++) {
      await decide(ns, 2);
      await ns.crash("learner", LOST);
    }
    await decide(ns, 1);
    await expectEqual(ns);
  });

  test("ends leases that it has from the snapshot only, and answers requests that it has from there", async () => {
    const ns = new Namespace();
    await ns.write(HOME, { kind: "lease-grant", lease: "77", ttl: 1_000 });
    const first = await ns.client(HOME).write({ op: put("leased", "v", { lease: "77" }), requestId: "first" });
    await decide(ns, MANY);
    await dropped(ns);
    await wipe(ns, LOST, "crash");
    await decide(ns, 1);
    await expectEqual(ns);
    if (first.kind !== "applied") throw new Error(first.kind);
    expect(await ns.client(LOST).write({ op: put("leased"), requestId: "first" })).toMatchObject({
      result: first.result,
    });

    expect(await ns.inStorage("learner", LOST, (storage) => storage.getAlarm())).not.toBeNull();
    await ns.inStorage("learner", LOST, ({ sql }) => {
      sql.exec("UPDATE lease SET heard_ms = heard_ms - 1001000");
    });
    // Deadlines are read from the state once by each instance.
    await ns.crash("learner", LOST);
    await ns.alarm("learner", LOST);
    await until(async () => (await ns.local(HOME, "leased")) === undefined);
  });
});
