import { describe, expect, test } from "vitest";
import { z } from "zod";
import { flagEngine } from "../../src/client/flag-engine-flagd.ts";
import {
  createSynod,
  get,
  type Place,
  put,
  range,
  remove,
  type Synod,
  SynodError,
  type SynodOptions,
  when,
} from "../../src/client/index.ts";

/** What a client does, whatever it runs in and whichever way its calls go. */
export function clientConformance(
  name: string,
  place: () => Place | Promise<Place>,
  options: Pick<SynodOptions, "token"> = {},
): void {
  let count = 0;
  const fresh = async (): Promise<Synod> =>
    createSynod(await place(), { ...options, namespace: `client-${Date.now().toString(36)}-${count++}` });

  describe(name, () => {
    test("what is put is read back as what it was", async () => {
      await using synod = await fresh();
      await synod.kv.put("text", "blue");
      await synod.kv.put("json", { colour: "blue", list: [1, null] });
      await synod.kv.put("bytes", Uint8Array.of(0, 255, 128));
      expect((await synod.kv.get("text"))?.value).toBe("blue");
      expect((await synod.kv.get("json"))?.value).toEqual({ colour: "blue", list: [1, null] });
      expect((await synod.kv.get("bytes"))?.value).toEqual(Uint8Array.of(0, 255, 128));
      expect((await synod.kv.get("json", { as: "text" }))?.value).toBe('{"colour":"blue","list":[1,null]}');
      expect((await synod.kv.get("text", { as: "bytes" }))?.value).toEqual(new TextEncoder().encode("blue"));
      expect(await synod.kv.get("missing")).toBeNull();
    });

    test("keys may be any text and any bytes", async () => {
      await using synod = await fresh();
      const keys = ["a/b/../c", "a b+c%d?e#f", "ü/✓", ".hidden", Uint8Array.of(0xff, 0, 0x2f)];
      for (const [index, key] of keys.entries()) await synod.kv.put(key, index);
      for (const [index, key] of keys.entries()) expect((await synod.kv.get(key))?.value).toBe(index);
      const listed = await Array.fromAsync(synod.kv.list(""));
      expect(listed.map(({ value }) => Number(value)).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
      expect(listed.find(({ value }) => value === 4)?.keyBytes).toEqual(keys[4]);
    });

    test("an entry tells its revision, version, creation and lease", async () => {
      await using synod = await fresh();
      const { id } = await synod.leases.grant(60);
      const first = await synod.kv.put("k", "1", { lease: id });
      expect(first).toMatchObject({ version: 1 });
      const second = await synod.kv.put("k", "2");
      const entry = await synod.kv.get("k");
      expect(entry).toMatchObject({ revision: second.revision, version: 2, createRevision: first.revision });
      expect(entry?.lease).toBeUndefined();
    });

    test("a compare-and-set that comes second is told so, and nothing is written", async () => {
      await using synod = await fresh();
      const { revision } = await synod.kv.put("k", "1", { ifAbsent: true });
      await synod.kv.put("k", "2", { ifRevision: revision });
      const late = synod.kv.put("k", "3", { ifRevision: revision });
      await expect(late).rejects.toMatchObject({ name: "SynodError", code: "precondition-failed", outcome: "failed" });
      await expect(synod.kv.put("k", "3", { ifAbsent: true })).rejects.toBeInstanceOf(SynodError);
      expect((await synod.kv.get("k"))?.value).toBe("2");
    });

    test("the same request id takes effect once", async () => {
      await using synod = await fresh();
      const requestId = `once-${Date.now()}`;
      const first = await synod.kv.put("k", "1", { requestId });
      const again = await synod.kv.put("k", "1", { requestId });
      expect(again.revision).toBe(first.revision);
      expect((await synod.kv.get("k"))?.version).toBe(1);
    });

    test("a schema decides the type of a value, and refuses what does not fit", async () => {
      await using synod = await fresh();
      const Limit = z.object({ cpu: z.number() });
      await synod.kv.put("good", { cpu: 2 });
      await synod.kv.put("bad", { cpu: "two" });
      const good = await synod.kv.get("good", { as: Limit });
      expect(good?.value.cpu).toBe(2);
      await expect(synod.kv.get("bad", { as: Limit })).rejects.toMatchObject({ code: "invalid-value" });
    });

    test("a list is whole, in order and of one revision, however many pages it takes", async () => {
      await using synod = await fresh();
      const keys = Array.from({ length: 25 }, (_, index) => `list/${`${index}`.padStart(2, "0")}`);
      for (const key of keys) await synod.kv.put(key, key);
      const listed: string[] = [];
      for await (const { key, value } of synod.kv.list("list/", { pageSize: 10 })) {
        expect(value).toBe(key);
        listed.push(key);
        // Written while the list is read: not in it.
        if (listed.length === 5) await synod.kv.put("list/99", "late");
      }
      expect(listed).toEqual(keys);
    });

    test("many keys are read at one revision", async () => {
      await using synod = await fresh();
      await synod.kv.put("a", 1);
      await synod.kv.put("b", 2);
      const found = await synod.kv.getMany(["a", "missing", "b"]);
      expect(found.map((entry) => entry?.value)).toEqual([1, undefined, 2]);
    });

    test("a history tells every version, deletes too, the newest first", async () => {
      await using synod = await fresh();
      await synod.kv.put("k", "1");
      await synod.kv.put("k", "2");
      await synod.kv.delete("k");
      const versions = await Array.fromAsync(synod.kv.history("k", { pageSize: 2 }));
      expect(versions.map((version) => (version.type === "put" ? version.value : "deleted"))).toEqual([
        "deleted",
        "2",
        "1",
      ]);
    });

    test("a transaction does one of two lists, and its results have the types of its operations", async () => {
      await using synod = await fresh();
      await synod.kv.put("from", 10);
      await synod.kv.put("to", 0);
      const move = () =>
        synod.txn({
          if: [when("from").value("=", 10)],
          do: [put("from", 0), put("to", 10), get<number>("to")],
          else: [range<number>({ prefix: "" }), remove("nothing")],
        });
      const first = await move();
      expect(first.succeeded).toBe(true);
      if (first.succeeded) expect(first.results[2]?.value).toBe(10);
      const second = await move();
      expect(second.succeeded).toBe(false);
      if (!second.succeeded) {
        expect(second.results[0].map(({ key, value }) => [key, value])).toEqual([
          ["from", 0],
          ["to", 10],
        ]);
        expect(second.results[1].deleted).toBe(0);
      }
    });

    test("the first proposal is everybody's", async () => {
      await using synod = await fresh();
      expect(await synod.propose("leader", "one")).toMatchObject({ won: true, value: "one" });
      expect(await synod.propose("leader", "two")).toMatchObject({ won: false, value: "one" });
      expect(await synod.proposals.get("leader")).toMatchObject({ value: "one" });
      expect(await synod.proposals.get("nobody")).toBeNull();
    });

    test("a lease takes its keys along", async () => {
      await using synod = await fresh();
      const { id } = await synod.leases.grant(60);
      await synod.kv.put("held", "1", { lease: id });
      expect(await synod.leases.get(id, { keys: true })).toMatchObject({ ttl: 60, keys: [{ key: "held" }] });
      expect(await synod.leases.list()).toContain(id);
      await synod.leases.keepAlive(id);
      await synod.leases.revoke(id);
      expect(await synod.kv.get("held")).toBeNull();
      expect(await synod.leases.get(id)).toBeNull();
      await expect(synod.leases.keepAlive(id)).rejects.toMatchObject({ code: "lease-not-found" });
    });

    test("a watch tells each revision once, whole and in order", async () => {
      await using synod = await fresh();
      const { revision } = await synod.kv.put("w/a", "1");
      const watch = synod.watch({ prefix: "w/" }, { from: revision });
      const states: string[] = [];
      watch.on("state", (state) => states.push(state));
      await synod.txn({ do: [put("w/b", "2"), put("w/c", "3")] });
      await synod.kv.delete("w/a");
      const told: string[][] = [];
      for await (const batch of watch) {
        if (batch.kind !== "events") continue;
        told.push(batch.events.map((event) => `${event.type} ${event.key}`));
        if (told.length === 3) break;
      }
      expect(told).toEqual([["put w/a"], ["put w/b", "put w/c"], ["delete w/a"]]);
      expect(watch.state).toBe("closed");
      expect(states).toContain("live");
    });

    test("a watch of what is compacted begins anew with all there is", async () => {
      await using synod = await fresh();
      for (const value of ["1", "2", "3"]) await synod.kv.put("k", value);
      const { revision } = await synod.kv.put("other", "x");
      await synod.compact(revision);
      for await (const batch of synod.watch({ key: "k" }, { from: 2 })) {
        expect(batch.kind).toBe("reset");
        if (batch.kind !== "reset") break;
        const entries = await Array.fromAsync(batch.entries);
        expect(entries.map(({ key, value }) => [key, value])).toEqual([["k", "3"]]);
        break;
      }
    });

    test("a view follows its prefix, and what is pinned stays as it was", async () => {
      await using synod = await fresh();
      await synod.kv.put("app/limit", { cpu: 1 });
      await synod.kv.put("other", "x");
      using view = await synod.config.view("app/");
      const before = view.at();
      const Limit = z.object({ cpu: z.number() });
      expect(before.get("app/limit", Limit)?.cpu).toBe(1);
      expect([...before.keys()]).toEqual(["app/limit"]);
      const changed = new Promise<number>((resolve) => {
        view.onChange((now) => {
          if (now.get("app/more") !== undefined) resolve(now.revision);
        });
      });
      const { revision } = await synod.txn({ do: [put("app/limit", { cpu: 2 }), put("app/more", "yes")] });
      expect(await changed).toBe(revision);
      expect(view.at().get("app/limit", Limit)?.cpu).toBe(2);
      expect(before.get("app/limit", Limit)?.cpu).toBe(1);
      expect(before.get("app/more")).toBeUndefined();
      expect(() => view.at().get("app/more", Limit)).toThrow(SynodError);
    });

    test("a view without a connection reads anew when it is used and too old", async () => {
      await using synod = await fresh();
      await synod.kv.put("app/a", "1");
      const work: Promise<unknown>[] = [];
      using view = await synod.config.view("app/", { maxAgeMs: -1, waitUntil: (one) => work.push(one) });
      await synod.kv.put("app/a", "2");
      expect(view.at().get("app/a")).toBe("1");
      await Promise.all(work);
      expect(view.at().get("app/a")).toBe("2");
      await Promise.all(work);
    });

    test("a view starts from what was saved where the service cannot be reached", async () => {
      await using synod = await fresh();
      const saved = new Map<string, string>();
      const snapshot = {
        load: async (name: string) => saved.get(name) ?? null,
        save: async (name: string, text: string) => void saved.set(name, text),
      };
      await synod.kv.put("app/a", "1");
      using first = await synod.config.view("app/", { snapshot });
      await synod.kv.put("app/a", "2");
      await expect.poll(() => saved.size).toBe(1);
      const offline = () => Promise.reject(new TypeError("no network"));
      const nowhere = createSynod({ url: "https://nowhere.invalid" }, { deadlineMs: 200, fetch: offline });
      using second = await nowhere.config.view("app/", { snapshot });
      expect(second.at().get("app/a")).toBeDefined();
      expect(second.state).not.toBe("live");
      await expect(nowhere.config.view("other/", { snapshot })).rejects.toMatchObject({ name: "SynodError" });
      expect(first.revision).toBeGreaterThan(0);
    });

    test("flags come to the same where the service evaluates them and where a view does", async () => {
      const namespace = `client-flags-${Date.now().toString(36)}-${count++}`;
      await using synod = createSynod(await place(), { ...options, namespace, flagEngine });
      const bool = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" };
      const set = {
        flags: {
          bool: { ...bool, targeting: { if: [{ "==": [{ var: "plan" }, "pro"] }, "on", null] } },
          share: {
            ...bool,
            targeting: {
              fractional: [
                ["on", 1],
                ["off", 1],
              ],
            },
          },
          number: { state: "ENABLED", variants: { a: 2.5 }, defaultVariant: "a" },
          disabled: { ...bool, state: "DISABLED" },
          code: { state: "ENABLED", variants: { a: "b" } },
          broken: { ...bool, targeting: { nope: [] } },
          "a/b ü": bool,
        },
      };
      const { revision: version } = await synod.kv.put("flags/default", set);
      await synod.kv.put("flags/bad", "no flags");
      using view = await synod.config.view("flags/");
      for (const targetingKey of ["user-1", "user-2", "user-3"]) {
        const context = { targetingKey, plan: targetingKey === "user-1" ? "pro" : "free" };
        const pinned = view.at(context);
        for (const key of [...Object.keys(set.flags), "missing"]) {
          const here = pinned.flag<unknown>(key, true);
          expect(here).toEqual(await synod.flags.evaluate<unknown>(key, true, { context }));
          expect(here.metadata).toEqual({ flagSetId: "default", version });
        }
        const { flags, metadata } = await synod.flags.evaluateAll({ context });
        expect(flags.map(({ key }) => key)).toEqual(Object.keys(set.flags));
        expect(flags[1]?.value).toBe(pinned.flag("share", true).value);
        expect(metadata).toEqual({ flagSetId: "default", version });
      }
      expect(view.at({ plan: "pro" }).flag("bool", false)).toMatchObject({ value: true, reason: "TARGETING_MATCH" });
      expect(view.at().flag("number", "x")).toMatchObject({ value: "x", errorCode: "TYPE_MISMATCH" });
      for (const { errorCode, value } of [
        view.at().flag("f", 1, "bad"),
        await synod.flags.evaluate("f", 1, { set: "bad" }),
      ]) {
        expect([errorCode, value]).toEqual(["PARSE_ERROR", 1]);
      }
      for (const { errorCode } of [
        view.at().flag("f", 1, "none"),
        await synod.flags.evaluate("f", 1, { set: "none" }),
      ]) {
        expect(errorCode).toBe("FLAG_NOT_FOUND");
      }
      await expect(synod.flags.evaluateAll({ set: "bad" })).rejects.toMatchObject({ code: "invalid-value" });
      await expect(synod.flags.evaluate("f", 1, { set: "a/b" })).resolves.toMatchObject({
        errorCode: "GENERAL",
        value: 1,
      });
    });

    test("without an engine a view cannot evaluate flags, and says what to pass", async () => {
      await using synod = await fresh();
      using view = await synod.config.view("flags/");
      expect(() => view.at().flag("f", true)).toThrow("pass flagEngine");
    });

    test("a lock has one holder at a time, in the order in which they came, with rising tokens", async () => {
      await using synod = await fresh();
      const tokens: number[] = [];
      let holders = 0;
      let most = 0;
      const worker = async () => {
        await using lock = await synod.locks.acquire("jobs");
        most = Math.max(most, ++holders);
        await synod.kv.put("work", tokens.length);
        tokens.push(lock.token);
        holders--;
      };
      await Promise.all([worker(), worker(), worker(), worker()]);
      expect(most).toBe(1);
      expect(tokens).toHaveLength(4);
      expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
      expect(await Array.fromAsync(synod.kv.list("jobs/"))).toEqual([]);
    });

    test("a lock that is held is not waited for by who only tries", async () => {
      await using synod = await fresh();
      const first = await synod.locks.tryAcquire("one");
      expect(first?.token).toBeGreaterThan(0);
      expect(await synod.locks.tryAcquire("one")).toBeNull();
      await first?.release();
      expect(first?.signal.aborted).toBe(true);
      const second = await synod.locks.tryAcquire("one");
      expect(second?.token).toBeGreaterThan(first?.token ?? 0);
      await second?.release();
    });

    test("who gives up waiting leaves the line", async () => {
      await using synod = await fresh();
      await using _held = await synod.locks.acquire("line");
      const enough = new AbortController();
      const waiting = synod.locks.acquire("line", { signal: enough.signal });
      const refused = expect(waiting).rejects.toBeDefined();
      enough.abort();
      await refused;
      expect(await Array.fromAsync(synod.kv.list("line/"))).toHaveLength(1);
    });

    test("a semaphore has as many holders as it says", async () => {
      await using synod = await fresh();
      const pool = synod.locks.semaphore("pool", 2);
      const first = await pool.acquire();
      const second = await pool.acquire();
      let isHeld = false;
      const third = pool.acquire().then((lock) => {
        isHeld = true;
        return lock;
      });
      await synod.kv.put("later", 1);
      expect(isHeld).toBe(false);
      await first.release();
      await (await third).release();
      await second.release();
    });

    test("one leads, everybody hears of it, and the next follows", async () => {
      await using synod = await fresh();
      const end = new AbortController();
      const heard: unknown[] = [];
      const observed = (async () => {
        for await (const leader of synod.elections.observe("boss", { signal: end.signal })) {
          heard.push(leader?.value ?? null);
          if (leader?.value === "second") return;
        }
      })();
      const first = await synod.elections.campaign("boss", "first");
      const second = synod.elections.campaign("boss", "second");
      await first.proclaim("first, later");
      expect((await synod.elections.leader("boss"))?.value).toBe("first, later");
      await first.resign();
      const leadership = await second;
      await observed;
      end.abort();
      expect(leadership.token).toBeGreaterThan(first.token);
      expect(heard.at(-1)).toBe("second");
      await leadership.resign();
      await expect(first.proclaim("too late")).rejects.toMatchObject({ code: "precondition-failed" });
    });

    test("a call that is aborted ends at once and says so", async () => {
      await using synod = await fresh();
      const signal = AbortSignal.abort();
      await expect(synod.kv.get("k", { signal })).rejects.toMatchObject({ code: "aborted", outcome: "failed" });
    });

    test("what is not valid is told with the server's code", async () => {
      await using synod = await fresh();
      await expect(synod.kv.put("", "x")).rejects.toMatchObject({ code: "invalid-request" });
      await expect(synod.kv.put("k", undefined)).rejects.toMatchObject({ code: "invalid-value" });
      await expect(synod.kv.put("k", "x", { lease: "404" })).rejects.toMatchObject({ code: "lease-not-found" });
    });
  });
}
