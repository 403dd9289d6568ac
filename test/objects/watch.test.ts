import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { chosenPuts, Namespace, put, until } from "./namespace.ts";
import { Watcher } from "./watcher.ts";

const HOME = "oc";
/** The first revision that a write of a fresh namespace comes to. */
const FIRST = 2;

function revisionsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

describe("a watch survives its learner", () => {
  test("evicted before each event: no gap and no repeat, in any region", async () => {
    const ns = new Namespace();
    const random = new Random(1);
    const watchers = await Promise.all(ns.regions.map((region) => Watcher.open(ns, region, FIRST)));
    const count = 12;
    for (let index = 0; index < count; index++) {
      for (const region of ns.regions) if (random.integer(0, 1) === 0) await ns.evict("learner", region);
      await ns.write(random.pick(ns.regions), put(`k${index % 3}`, `${index}`));
    }
    for (const watcher of watchers) {
      await until(() => watcher.events.length >= count);
      expect(watcher.revisions).toEqual(revisionsFrom(FIRST, count));
      expect(watcher.closed).toBeUndefined();
      watcher.close();
    }
  });

  test("evicted while events come, many at a time", async () => {
    const ns = new Namespace();
    const watcher = await Watcher.open(ns, HOME, FIRST);
    const count = 60;
    const writing = Promise.all(
      revisionsFrom(0, count).map((index) => ns.write(ns.regions[index % 5] ?? HOME, put("k", `${index}`))),
    );
    let isDone = false;
    const written = writing.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await ns.evict("learner", HOME);
      await ns.status(HOME);
    }
    await written;
    await until(() => watcher.events.length >= count);
    expect(watcher.revisions).toEqual(revisionsFrom(FIRST, count));
    watcher.close();
  });

  test("what was written while it was away is told when it wakes", async () => {
    const ns = new Namespace();
    const watcher = await Watcher.open(ns, HOME);
    await ns.write(HOME, put("k", "one"));
    await until(() => watcher.events.length === 1);
    await ns.evict("learner", HOME);
    for (let index = 0; index < 5; index++) await ns.write("enam", put("k", `${index}`));
    // Nobody calls this learner but the others' news and its own alarm.
    await until(() => watcher.events.length >= 6);
    expect(watcher.revisions).toEqual(revisionsFrom(FIRST, 6));
    watcher.close();
  });

  test("and finds out by its own alarm what nobody told it", async () => {
    const ns = new Namespace();
    const watcher = await Watcher.open(ns, HOME);
    await ns.record(chosenPuts(1, 3));
    await ns.evict("learner", HOME);
    expect(await ns.alarm("learner", HOME)).toBe(true);
    await until(() => watcher.events.length >= 3);
    expect(watcher.revisions).toEqual(revisionsFrom(FIRST, 3));
    watcher.close();
  });

  test("a ping is answered without waking it", async () => {
    const ns = new Namespace();
    const watcher = await Watcher.open(ns, HOME);
    await until(() => watcher.frames.length > 0);
    await ns.evict("learner", HOME);
    watcher.ping();
    await until(() => watcher.pongs.length > 0);
    expect(watcher.pongs).toEqual(["pong"]);
    await expect(evictDurableObject(ns.stub("learner", HOME))).rejects.toThrow("not currently running");
    await ns.write(HOME, put("k"));
    await until(() => watcher.events.length > 0);
    watcher.close();
  });
});

describe("a watcher that was cut off resumes by revision, with no gap and no repeat", () => {
  test.each(["evicted with its sockets closed", "crashed"])("its learner was %s", async (how) => {
    const ns = new Namespace();
    const revisions: number[] = [];
    let watcher = await Watcher.open(ns, HOME, FIRST);
    for (let round = 0; round < 4; round++) {
      await ns.write("weur", put("k", `${round}`));
      const last = await ns.write(HOME, put("k", `${round}`));
      await until(() => watcher.next > last);
      revisions.push(...watcher.revisions);
      const from = watcher.next;
      if (how === "crashed") await ns.crash("learner", HOME);
      else await ns.evict("learner", HOME, "close");
      await ns.write("enam", put("k", "missed"));
      watcher = await Watcher.open(ns, ns.regions[round] ?? HOME, from);
    }
    await until(() => watcher.events.length > 0);
    expect([...revisions, ...watcher.revisions]).toEqual(revisionsFrom(FIRST, 12));
    watcher.close();
  });

  test("a cut is noticed on the socket", async () => {
    const ns = new Namespace();
    const watcher = await Watcher.open(ns, HOME, FIRST);
    await ns.evict("learner", HOME, "close");
    await until(() => watcher.closed !== undefined);
  });

  test("at a learner that has not come so far, it waits for the revision that it names", async () => {
    const ns = new Namespace();
    const watcher = await Watcher.open(ns, HOME, FIRST + 2);
    for (let index = 0; index < 4; index++) await ns.write("weur", put("k", `${index}`));
    await until(() => watcher.events.length >= 2);
    expect(watcher.revisions).toEqual([4, 5]);
    watcher.close();
  });

  test("a learner whose watchers are gone forgets them, in the next instance too", async () => {
    const ns = new Namespace();
    const watchers = await Promise.all([1, 2, 3].map(() => Watcher.open(ns, HOME)));
    expect((await ns.status(HOME)).watchers).toBe(3);
    await ns.evict("learner", HOME);
    expect((await ns.status(HOME)).watchers).toBe(3);
    for (const watcher of watchers) watcher.close();
    await until(async () => (await ns.status(HOME)).watchers === 0);
    await ns.evict("learner", HOME);
    expect((await ns.status(HOME)).watchers).toBe(0);
  });
});
