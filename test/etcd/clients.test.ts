import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Etcd3 } from "etcd3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { ProxyProcess } from "./proxy-process.ts";

/** Programs with clients of etcd that speak gRPC, unchanged, through `synod etcd-proxy`. */

// Debian's, whatever other Python comes first in the path.
const PYTHON = "/usr/bin/python3";
const hasPython = spawnSync(PYTHON, ["-c", "import etcd3"]).status === 0;
if (!hasPython) console.warn("skipped: python3-etcd3, which is not installed (apt-get install python3-etcd3)");

let server: DevServer;
let proxy: ProxyProcess;
beforeAll(async () => {
  server = await DevServer.start();
  proxy = await ProxyProcess.start(server.base);
});
afterAll(async () => {
  proxy.kill();
  await server.kill();
  await server.dispose();
});

describe("etcd3 of npm", () => {
  let client: Etcd3;
  beforeAll(() => {
    client = new Etcd3({ hosts: `http://${proxy.endpoint}` });
  });
  afterAll(() => client.close());

  test("keys: put, get, list, delete", async () => {
    await client.put("js/a").value("1");
    await client.put("js/b").value("2");
    expect(await client.get("js/a").string()).toBe("1");
    expect(await client.get("js/none").string()).toBeNull();
    expect(await client.getAll().prefix("js/").strings()).toEqual({ "js/a": "1", "js/b": "2" });
    expect((await client.delete().prefix("js/")).deleted).toBe("2");
  });

  test("transactions: one of two lists", async () => {
    await client.put("js/t").value("1");
    const swap = (from: string, to: string) =>
      client.if("js/t", "Value", "==", from).then(client.put("js/t").value(to)).else(client.get("js/t")).commit();
    expect(await swap("1", "2")).toMatchObject({ succeeded: true });
    expect(await swap("1", "3")).toMatchObject({ succeeded: false });
    expect(await client.get("js/t").string()).toBe("2");
  });

  test("watches: every change of a prefix", async () => {
    const watcher = await client.watch().prefix("js/w/").create();
    const told: string[] = [];
    watcher.on("put", (kv) => told.push(`put ${kv.key.toString()} ${kv.value.toString()}`));
    watcher.on("delete", (kv) => told.push(`delete ${kv.key.toString()}`));
    await client.put("js/w/x").value("1");
    await client.delete().key("js/w/x");
    await expect.poll(() => told, { timeout: 60_000 }).toEqual(["put js/w/x 1", "delete js/w/x"]);
    await watcher.cancel();
  });

  test("leases: keys go with them", async () => {
    const lease = client.lease(60);
    await lease.put("js/leased").value("1");
    await lease.keepaliveOnce();
    expect(await client.get("js/leased").string()).toBe("1");
    await lease.revoke();
    expect(await client.get("js/leased").string()).toBeNull();
  });

  test("locks: one holder at a time", async () => {
    const first = client.lock("js/lock").ttl(60);
    await first.acquire();
    await expect(client.lock("js/lock").ttl(60).acquire()).rejects.toThrow(/lock/i);
    await first.release();
    const second = client.lock("js/lock").ttl(60);
    await second.acquire();
    await second.release();
  });

  test("elections: one leads, observers are told, the next follows", async () => {
    const election = client.election("js/election", 60);
    const observer = await election.observe();
    const told: (string | undefined)[] = [];
    observer.on("change", (value) => told.push(value));
    const first = election.campaign("one");
    await first.wait();
    expect(await election.leader()).toBe("one");
    const second = election.campaign("two");
    await first.resign();
    await second.wait();
    expect(await election.leader()).toBe("two");
    await expect.poll(() => told, { timeout: 60_000 }).toContain("two");
    await second.resign();
    await observer.cancel();
  });
});

test.skipIf(!hasPython)("python3-etcd3: keys, transactions, watches, leases, locks", () => {
  const script = fileURLToPath(new URL("clients.py", import.meta.url));
  const printed = execFileSync(PYTHON, [script, proxy.endpoint], { encoding: "utf8", timeout: 110_000 });
  const steps = printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(steps).toEqual([
    ["get", ["1", "py/a", 1]],
    ["missing", null],
    ["prefix", ["1", "2"]],
    ["replace", [true, false]],
    ["txn", [true, "3"]],
    [
      "watch",
      [
        ["PutEvent", "py/w/x", "6"],
        ["DeleteEvent", "py/w/x", ""],
      ],
    ],
    ["lease", [60, true, ["py/leased"]]],
    ["revoked", null],
    ["lock", [true, true, true, false]],
    ["delete", [true, true]],
    ["status", "3.4.23"],
  ]);
});
