import { afterAll, beforeAll, expect, test } from "vitest";
import { createSynod } from "../../src/client/index.ts";
import { DevServer } from "./server.ts";

/** One lock, held and waited for through each of the interfaces. */

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

interface Lock {
  readonly token: number;
  readonly key: string;
}

const at = (path: string) => `${server.base}/v1/default/locks/${path}`;

const plainLock = async (name: string, waitMs: number): Promise<Lock> => {
  const response = await fetch(at(`${name}?wait_ms=${waitMs}`), { method: "POST" });
  expect(response.status).toBe(200);
  return (await response.json()) as Lock;
};

const plainState = async (name: string) => (await (await fetch(at(name))).json()) as { held: boolean; waiting: number };

const waitersAre = (name: string, count: number) =>
  expect.poll(async () => (await plainState(name)).waiting, { timeout: 60_000 }).toBe(count);

const etcd = async (path: string, body: object) => {
  const response = await fetch(`${server.base}/v3/lock/${path}`, { method: "POST", body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  return (await response.json()) as { key: string };
};

test("holders over plain HTTP, over etcd's interface and in the client exclude each other, in the order they came", async () => {
  await using synod = createSynod({ url: server.base });
  const name = "everywhere";
  const order: string[] = [];
  const first = await plainLock(name, 0);
  const second = synod.locks.acquire(name).then(async (lock) => {
    order.push("client");
    expect(lock.token).toBeGreaterThan(first.token);
    expect(await synod.locks.tryAcquire(name)).toBeNull();
    await lock.release();
  });
  await waitersAre(name, 1);
  const third = etcd("lock", { name: btoa(name) }).then(async ({ key }) => {
    order.push("etcd");
    await etcd("unlock", { key });
  });
  await waitersAre(name, 2);
  const fourth = plainLock(name, 60_000).then(async ({ token }) => {
    order.push("plain");
    expect(await (await fetch(at(`${name}/${token}`), { method: "DELETE" })).json()).toMatchObject({ released: true });
  });
  await waitersAre(name, 3);
  expect(order).toEqual([]);
  await fetch(at(`${name}/${first.token}`), { method: "DELETE" });
  await Promise.all([second, third, fourth]);
  expect(order).toEqual(["client", "etcd", "plain"]);
  expect(await plainState(name)).toMatchObject({ held: false, waiting: 0 });
});

/** Where the platform does not say that a client is gone, as workerd does not, its time is over at some point. */
test("a waiter that goes away leaves the line, when its wait would be over at the latest", async () => {
  const first = (await (await fetch(at("left?ttl=3600"), { method: "POST" })).json()) as Lock;
  const gone = new AbortController();
  const waiting = fetch(at("left?wait_ms=5000&ttl=3600"), { method: "POST", signal: gone.signal });
  await waitersAre("left", 1);
  gone.abort();
  await expect(waiting).rejects.toThrow();
  await waitersAre("left", 0);
  await fetch(at(`left/${first.token}`), { method: "DELETE" });
  await plainLock("left", 0);
});
