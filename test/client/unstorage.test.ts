import { createStorage, type Storage } from "unstorage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { synodDriver } from "../../src/client/unstorage.ts";
import { DevServer } from "../e2e/server.ts";

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.stop());

let count = 0;
const storageOf = (base?: string): Storage =>
  createStorage({ driver: synodDriver({ url: server.base, namespace: `unstorage-${count++}`, base }) });

describe("the driver of unstorage", () => {
  test("sets, reads, lists and removes items of every kind", async () => {
    const storage = storageOf();
    await storage.setItem("s1:a", "test_data");
    await storage.setItem("s2:a", { json: [1, true] });
    await storage.setItem("s3:a", 0);
    expect(await storage.hasItem("s1:a")).toBe(true);
    expect(await storage.hasItem("s1:b")).toBe(false);
    expect(await storage.getItem("s1:a")).toBe("test_data");
    expect(await storage.getItem("s2:a")).toEqual({ json: [1, true] });
    expect(await storage.getItem("s3:a")).toBe(0);
    expect(await storage.getItem("nothing")).toBeNull();
    expect((await storage.getKeys()).toSorted()).toEqual(["s1:a", "s2:a", "s3:a"]);
    expect(await storage.getKeys("s1")).toEqual(["s1:a"]);
    await storage.removeItem("s1:a");
    expect(await storage.hasItem("s1:a")).toBe(false);
  });

  test("raw bytes come back as they were", async () => {
    const storage = storageOf();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await storage.setItemRaw("raw", bytes);
    expect(new Uint8Array((await storage.getItemRaw("raw")) as Uint8Array)).toEqual(bytes);
  });

  test("a base keeps what is below it apart, and a mount what is beside it", async () => {
    const storage = createStorage();
    const at = { url: server.base, namespace: `unstorage-${count++}` };
    storage.mount("foo", synodDriver({ ...at, base: "foo" }));
    storage.mount("foobar", synodDriver({ ...at, base: "foobar" }));
    await storage.setItem("foo:a", "one");
    await storage.setItem("foobar:a", "two");
    expect(await storage.getKeys("foo")).toEqual(["foo:a"]);
    await storage.clear("foo");
    expect(await storage.getItem("foo:a")).toBeNull();
    expect(await storage.getItem("foobar:a")).toBe("two");
  });

  test("items that are set together are there at one revision", async () => {
    const storage = storageOf();
    await storage.setItems([
      { key: "x", value: "one" },
      { key: "y", value: "two" },
    ]);
    const [x, y] = await Promise.all([storage.getMeta("x"), storage.getMeta("y")]);
    expect(x.revision).toBe(y.revision);
    expect(await storage.getItems(["x", "y"])).toMatchObject([{ value: "one" }, { value: "two" }]);
  });

  test("a time to live is a lease, which the metadata tells", async () => {
    const storage = storageOf();
    await storage.setItem("gone", "soon", { ttl: 600 });
    const { ttl, size, mtime } = await storage.getMeta("gone");
    expect(mtime).toBeInstanceOf(Date);
    expect(Number(ttl)).toBeGreaterThan(0);
    expect(size).toBe(4);
  });

  test("who watches is told what was updated and removed", async () => {
    const storage = storageOf("app");
    const told: string[] = [];
    await storage.watch((event, key) => void told.push(`${event} ${key}`));
    await expect
      .poll(async () => {
        await storage.setItem("a:b", `${told.length}`);
        return told;
      })
      .toContain("update a:b");
    await storage.removeItem("a:b");
    await expect.poll(() => told).toContain("remove a:b");
    await storage.dispose();
  });
});
