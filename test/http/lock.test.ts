import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

interface Lock {
  readonly revision: number;
  readonly token: number;
  readonly lease: string;
  readonly key: string;
  readonly ttl: number;
}

interface State {
  readonly held: boolean;
  readonly holder?: { readonly token: number };
  readonly waiting: number;
}

const ask = (ns: string, name: string, query = "", id?: string): Promise<Response> =>
  send(`/v1/${ns}/locks/${name}${query}`, {
    method: "POST",
    headers: id === undefined ? {} : { "idempotency-key": id },
  });

async function locked(asked: Promise<Response>): Promise<Lock> {
  const response = await asked;
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()) as Lock;
}

const release = (ns: string, name: string, token: number) =>
  send(`/v1/${ns}/locks/${name}/${token}`, { method: "DELETE" });

const stateOf = async (ns: string, name: string) => (await (await send(`/v1/${ns}/locks/${name}`)).json()) as State;

const waitersAre = (ns: string, name: string, count: number) =>
  expect.poll(async () => (await stateOf(ns, name)).waiting).toBe(count);

test("a free lock is had at once, under a token and a lease of its own", async () => {
  const ns = freshNamespace();
  const lock = await locked(ask(ns, "a%2Fb", "?ttl=60"));
  expect(lock).toEqual({
    revision: 2,
    token: 2,
    lease: expect.stringMatching(/^[1-9]\d{0,18}$/),
    key: `a/b/${BigInt(lock.lease).toString(16)}`,
    ttl: 60,
  });
  expect(await stateOf(ns, "a%2Fb")).toEqual({
    revision: 2,
    held: true,
    holder: { token: 2, lease: lock.lease, key: lock.key },
    waiting: 0,
  });
  expect((await stateOf(ns, "a%2Fbc")).held).toBe(false);
});

test("a lock that is held is refused at once, and leaves no lease behind", async () => {
  const ns = freshNamespace();
  await locked(ask(ns, "l"));
  await problemOf(await ask(ns, "l"), "lock-held");
  await problemOf(await ask(ns, "l", "?wait_ms=30"), "lock-held");
  await expect
    .poll(async () => ((await (await send(`/v1/${ns}/leases`)).json()) as { leases: string[] }).leases)
    .toHaveLength(1);
  expect(await stateOf(ns, "l")).toMatchObject({ held: true, waiting: 0 });
});

test("who waits stands in line, and each has a higher token than who was before", async () => {
  const ns = freshNamespace();
  const first = await locked(ask(ns, "l"));
  const second = locked(ask(ns, "l", "?wait_ms=60000"));
  await waitersAre(ns, "l", 1);
  const third = locked(ask(ns, "l", "?wait_ms=60000"));
  await waitersAre(ns, "l", 2);
  expect(await (await release(ns, "l", first.token)).json()).toMatchObject({ released: true });
  const { token } = await second;
  expect(token).toBeGreaterThan(first.token);
  expect(await stateOf(ns, "l")).toMatchObject({ holder: { token }, waiting: 1 });
  await release(ns, "l", token);
  expect((await third).token).toBeGreaterThan(token);
});

test("a waiter outlives its own time to live", async () => {
  const ns = freshNamespace();
  const first = await locked(ask(ns, "l", "?ttl=60"));
  const second = locked(ask(ns, "l", "?ttl=6&wait_ms=60000"));
  await waitersAre(ns, "l", 1);
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  await release(ns, "l", first.token);
  expect((await second).ttl).toBe(6);
});

test("a repeat under the same id has the same lock; another request under it is refused", async () => {
  const ns = freshNamespace();
  const first = await locked(ask(ns, "l", "?ttl=60", "once"));
  expect(await locked(ask(ns, "l", "?ttl=60", "once"))).toEqual(first);
  const waiter = await locked(ask(ns, "other", "?wait_ms=1000", "twice"));
  expect(await locked(ask(ns, "other", "?wait_ms=1000", "twice"))).toMatchObject({ token: waiter.token });
  await problemOf(await ask(ns, "elsewhere", "?ttl=60", "once"), "idempotency-key-reused");
});

test("a repeat of what was released since is told that it is lost", async () => {
  const ns = freshNamespace();
  const { token } = await locked(ask(ns, "l", "", "once"));
  await release(ns, "l", token);
  await problemOf(await ask(ns, "l", "", "once"), "lease-not-found");
  await locked(ask(ns, "l", "", "another"));
});

test("it is kept alive by its token until it is released", async () => {
  const ns = freshNamespace();
  const { token, lease } = await locked(ask(ns, "l", "?ttl=60"));
  const keepAlive = () => send(`/v1/${ns}/locks/l/${token}/keep-alive`, { method: "POST" });
  expect(await (await keepAlive()).json()).toMatchObject({ id: lease, ttl: 60 });
  await release(ns, "l", token);
  await problemOf(await keepAlive(), "lease-not-found");
  expect(await (await release(ns, "l", token)).json()).toMatchObject({ released: false });
});

test("a waiter whose lease is ended is told so, and does not hold the lock", async () => {
  const ns = freshNamespace();
  const first = await locked(ask(ns, "l"));
  const waiting = ask(ns, "l", "?wait_ms=60000&ttl=600");
  await waitersAre(ns, "l", 1);
  const { leases } = (await (await send(`/v1/${ns}/leases`)).json()) as { leases: string[] };
  await send(`/v1/${ns}/leases/${leases.find((id) => id !== first.lease)}`, { method: "DELETE" });
  await release(ns, "l", first.token);
  await problemOf(await waiting, "lease-not-found");
});

test("what makes no sense is refused", async () => {
  const ns = freshNamespace();
  for (const query of ["?wait_ms=60001", "?wait_ms=-1", "?ttl=0", "?ttl=x", "?lease=7"]) {
    await problemOf(await ask(ns, "l", query), "invalid-request");
  }
  await problemOf(await ask(ns, "n".repeat(1008)), "too-large");
  await problemOf(await send(`/v1/${ns}/locks/l/zero`, { method: "DELETE" }), "invalid-request");
});
