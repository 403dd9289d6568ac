import { describe, expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import { Namespace, pause, put, until } from "./namespace.ts";
import { Watcher } from "./watcher.ts";

const HOME = "weur";
const LEASE = "77";
const TTL_S = 2;
const TTL_MS = TTL_S * 1_000;

async function grant(ns: Namespace, ttl = TTL_S): Promise<void> {
  await ns.write(HOME, { kind: "lease-grant", lease: LEASE, ttl });
}

/** Looks into a learner's storage without asking it anything. */
function leasesHeld(ns: Namespace, region: Region): Promise<number> {
  return ns.inStorage("learner", region, ({ sql }) => {
    const [row] = sql.exec<{ leases: number }>("SELECT count(*) AS leases FROM lease").toArray();
    return row?.leases ?? 0;
  });
}

/** A learner's clock goes on by so much since it heard of the lease's last renewal. */
async function age(ns: Namespace, region: Region, ms: number): Promise<void> {
  await ns.inStorage("learner", region, ({ sql }) => {
    sql.exec("UPDATE lease SET heard_ms = heard_ms - ?", ms);
  });
}

async function ended(ns: Namespace): Promise<void> {
  await until(async () =>
    (await Promise.all(ns.regions.map((region) => leasesHeld(ns, region)))).every((n) => n === 0),
  );
}

/** The lease and its two keys went, in one revision, once. */
async function expectEndedOnce(ns: Namespace, revision: number): Promise<void> {
  await ns.settled();
  for (const region of ns.regions) {
    expect(await ns.local(region, "a")).toBeUndefined();
    expect(await ns.local(region, "b")).toBeUndefined();
    expect((await ns.status(region)).revision).toBe(revision);
  }
}

describe.concurrent("a lease that nobody keeps alive ends", () => {
  test("once and not early, with its keys, and every watcher is told", async () => {
    const ns = new Namespace();
    const watchers = await Promise.all(ns.regions.map((region) => Watcher.open(ns, region)));
    const grantedAt = Date.now();
    await grant(ns);
    await ns.write(HOME, put("a", "v", { lease: LEASE }));
    await ns.write("oc", put("b", "v", { lease: LEASE }));
    let toldAt = 0;
    await until(() => {
      toldAt = Date.now();
      return watchers.some((watcher) => watcher.events.length > 2);
    });
    expect(toldAt - grantedAt).toBeGreaterThanOrEqual(TTL_MS);
    await until(() => watchers.every((watcher) => watcher.events.length >= 4));
    await expectEndedOnce(ns, 4);
    for (const watcher of watchers) {
      expect(watcher.events.map(({ type, key, mod_revision: at }) => [type, key, at])).toEqual([
        ["put", "a", 2],
        ["put", "b", 3],
        ["delete", "a", 4],
        ["delete", "b", 4],
      ]);
      watcher.close();
    }
  });

  test("though nobody talks to the system and every part of it was evicted", async () => {
    const ns = new Namespace();
    await grant(ns);
    await ns.write(HOME, put("a", "v", { lease: LEASE }));
    await ns.write(HOME, put("b", "v", { lease: LEASE }));
    await ns.settled(3);
    await ns.evictAll("learner");
    await ns.evictAll("acceptor");
    await pause(TTL_MS);
    await ended(ns);
    await expectEndedOnce(ns, 4);
  });

  test("though all learners but one are lost to it: any one's alarm will do", async () => {
    const ns = new Namespace();
    await grant(ns);
    await ns.write(HOME, put("a", "v", { lease: LEASE }));
    await ns.write(HOME, put("b", "v", { lease: LEASE }));
    await ns.settled(3);
    for (const region of ns.regions.slice(0, 4)) {
      await ns.inStorage("learner", region, (storage) => storage.deleteAlarm());
    }
    await ended(ns);
    await expectEndedOnce(ns, 4);
  });

  test("once though all learners find it due at the same time", async () => {
    const ns = new Namespace();
    await grant(ns, 1_000);
    await ns.write(HOME, put("a", "v", { lease: LEASE }));
    await ns.write(HOME, put("b", "v", { lease: LEASE }));
    await ns.settled(3);
    await ns.evictAll("learner");
    for (const region of ns.regions) await age(ns, region, 1_001_000);
    await Promise.all(ns.regions.map((region) => ns.alarm("learner", region)));
    await ended(ns);
    await expectEndedOnce(ns, 4);
  });
});

describe.concurrent("a lease does not end", () => {
  test("before its time, whoever's alarm goes off", async () => {
    const ns = new Namespace();
    await grant(ns, 1_000);
    await ns.write(HOME, put("a", "v", { lease: LEASE }));
    await ns.settled(2);
    for (const region of ns.regions) await age(ns, region, 900_000);
    await ns.evictAll("learner");
    await Promise.all(ns.regions.map((region) => ns.alarm("learner", region)));
    expect(await ns.settled()).toBe(2);
    for (const region of ns.regions) expect(await ns.local(region, "a")).toBe("v");
  });

  test("when it was kept alive", async () => {
    const ns = new Namespace();
    await grant(ns, 1_000);
    await ns.write(HOME, put("a", "v", { lease: LEASE }));
    await ns.settled(2);
    for (const region of ns.regions) await age(ns, region, 1_001_000);
    const kept = await ns.client("oc").write({ op: { kind: "lease-keep-alive", lease: LEASE } });
    // A learner whose alarm was faster may have ended it; then there was nothing to keep alive.
    if (kept.kind !== "applied" || kept.result.kind === "refused") throw new Error("it ended before");
    await ns.settled(3);
    await ns.evictAll("learner");
    await Promise.all(ns.regions.map((region) => ns.alarm("learner", region)));
    expect(await ns.settled()).toBe(3);
    for (const region of ns.regions) expect(await ns.local(region, "a")).toBe("v");
  });

  test("by a proposal that was overtaken by a renewal", async () => {
    const ns = new Namespace();
    await grant(ns, 1_000);
    await ns.write(HOME, put("a", "v", { lease: LEASE }));
    await ns.write(HOME, { kind: "lease-keep-alive", lease: LEASE });
    const stale = await ns.client("oc").write({ op: { kind: "lease-expire", lease: LEASE, renewals: 1 } });
    expect(stale).toMatchObject({ kind: "applied", result: { kind: "lease-expire", deleted: 0 } });
    for (const region of ns.regions) {
      await ns.settled(4);
      expect(await ns.local(region, "a")).toBe("v");
    }
  });
});
