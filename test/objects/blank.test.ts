import { expect, test } from "vitest";
import { durableSql } from "../../src/objects/durable-sql.ts";
import { Namespace, put, until } from "./namespace.ts";
import { Watcher } from "./watcher.ts";

const namespace = new Namespace();
const [region = "enam", other = "weur"] = namespace.regions;

function tablesOf({ sql }: DurableObjectStorage): readonly unknown[] {
  return (
    sql
      // The platform's own, for an alarm, stay behind.
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'")
      .toArray()
      .map(({ name }) => name)
  );
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function stored(role: "learner" | "acceptor"): Promise<readonly unknown[]> {
  const all = await Promise.all(
    namespace.regions.map((one) =>
      namespace.inStorage(role, one, async (storage) => [...tablesOf(storage), await storage.getAlarm()]),
    ),
  );
  return all.flat().filter((one) => one !== null);
}

test("a namespace that is only read and watched stores nothing", async () => {
  for (const consistency of ["local", "linearizable"] as const) {
    const query = { kind: "range", key: Uint8Array.of(1), end: Uint8Array.of(0) } as const;
    const outcome = await namespace.client(region).read({ query, consistency });
    expect(outcome).toMatchObject({ kind: "answer", result: { kind: "range", revision: 1, kvs: [] } });
  }
  for (const query of [
    { kind: "leases", limit: 9 },
    { kind: "lease", lease: "7", keys: { limit: 9 } },
    { kind: "history", key: Uint8Array.of(1), limit: 9 },
    { kind: "proposal", key: Uint8Array.of(1) },
  ] as const) {
    expect((await namespace.client(region).read({ query, consistency: "linearizable" })).kind).toBe("answer");
  }
  await Promise.all(namespace.regions.map((one) => namespace.status(one)));
  const watcher = await Watcher.open(namespace, other);
  // Until that learner has looked by itself whether it missed anything.
  while ((await namespace.status(other)).lagMs === undefined) await sleep(50);
  // While it watches, an alarm lets the learner sleep; nothing else is stored, and with the watcher goes the alarm.
  expect([await stored("learner"), await stored("acceptor")]).toEqual([[expect.any(Number)], []]);
  watcher.close();
  await until(async () => (await stored("learner")).length === 0);
  expect([await stored("learner"), await stored("acceptor")]).toEqual([[], []]);
});

test("and hold what is written from then on, after a restart too", async () => {
  expect(await namespace.write(region, put("a", "x"))).toBe(2);
  await namespace.settled();
  await namespace.evictAll("learner");
  expect(await namespace.local(region, "a")).toBe("x");
  expect(await stored("learner")).toContain("history");
});

test("a transaction that fails takes the tables with it; the next makes them again", async () => {
  const fresh = new Namespace();
  await fresh.inStorage("leader", region, (storage) => {
    const sql = durableSql(storage);
    sql.exec("CREATE TABLE IF NOT EXISTS t (a INTEGER)");
    expect(sql.exec("SELECT count(*) AS n FROM t")).toEqual([{ n: 0 }]);
    expect(tablesOf(storage)).toEqual([]);
    const failing = () =>
      sql.transaction(() => {
        sql.exec("INSERT INTO t VALUES (1)");
        throw new Error("undo");
      });
    expect(failing).toThrow("undo");
    expect([sql.exec("SELECT * FROM t"), tablesOf(storage)]).toEqual([[], []]);
    sql.transaction(() => sql.exec("INSERT INTO t VALUES (2)"));
    expect([sql.exec("SELECT * FROM t"), tablesOf(storage)]).toEqual([[{ a: 2 }], ["t"]]);
  });
});
