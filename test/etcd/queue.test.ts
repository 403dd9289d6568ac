import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { ETCD_ABSENT, Etcd, etcdVersion } from "./etcd.ts";
import { base64 } from "./values.ts";

/** etcd's locks and elections: the same steps at a real etcd and at the gateway come to the same. */

const isAbsent = etcdVersion() === undefined;
if (isAbsent) console.warn(ETCD_ABSENT);

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

type Ask = (path: string, body?: object, signal?: AbortSignal) => Promise<Answer>;

function askerOf(base: string): Ask {
  return async (path, body = {}, signal = AbortSignal.timeout(60_000)) => {
    const response = await fetch(`${base}/v3/${path}`, { method: "POST", body: JSON.stringify(body), signal });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  };
}

/** What differs between two clusters however alike they are: who they are, and how far their stores have come. */
function comparable({ status, body }: Answer): unknown {
  const { header, ...rest } = body;
  const text = JSON.stringify(rest, (name, value: unknown) =>
    ["rev", "create_revision", "mod_revision"].includes(name) ? "a revision" : value,
  );
  return { status, hasHeader: header !== undefined, body: JSON.parse(text) as unknown };
}

const name = (text: string) => base64(text);

/** Steps of one client after the other. Each answer is one line of the transcript. */
async function transcript(ask: Ask): Promise<readonly unknown[]> {
  const lines: unknown[] = [];
  const say = async (path: string, body?: object): Promise<Answer["body"]> => {
    const answer = await ask(path, body);
    lines.push([path, comparable(answer)]);
    return answer.body;
  };
  for (const ID of ["11", "12", "13"]) await ask("lease/grant", { TTL: 600, ID });

  // Locks.
  const { key } = await say("lock/lock", { name: name("l"), lease: "11" });
  await say("lock/lock", { name: name("l"), lease: "11" });
  const second = ask("lock/lock", { name: name("l"), lease: "12" });
  await say("lock/unlock", { key });
  lines.push(["the second", comparable(await second)]);
  await say("lock/unlock", { key: (await second).body.key as string });
  await say("lock/unlock", { key: base64("nothing/here") });
  await say("lock/unlock", {});
  await say("lock/lock", { name: name("l"), lease: "404" });
  await say("lock/lock", { name: name("l"), lease: "-4" });
  const nameless = await say("lock/lock", { lease: "13" });
  await say("lock/unlock", { key: nameless.key });

  // Elections.
  await say("election/leader", { name: name("e") });
  await say("election/proclaim", { value: name("x") });
  await say("election/resign", {});
  const { leader } = await say("election/campaign", { name: name("e"), lease: "11", value: name("one") });
  await say("election/leader", { name: name("e") });
  await say("election/proclaim", { leader, value: name("two") });
  await say("election/leader", { name: name("e") });
  await say("election/campaign", { name: name("e"), lease: "11", value: name("three") });
  await say("election/leader", { name: name("e") });
  const next = ask("election/campaign", { name: name("e"), lease: "12", value: name("next") });
  await say("election/resign", { leader });
  lines.push(["the next", comparable(await next)]);
  await say("election/proclaim", { leader, value: name("late") });
  await say("election/resign", { leader });
  await say("election/leader", { name: name("e") });

  // Without users.
  await say("auth/authenticate", { name: "root", password: "x" });
  await say("auth/disable");
  await say("maintenance/defragment");
  return lines;
}

describe("locks and elections", () => {
  let server: DevServer;
  beforeAll(async () => {
    server = await DevServer.start();
  });
  afterAll(async () => {
    await server.kill();
    await server.dispose();
  });

  test.skipIf(isAbsent)("answer as etcd's do, step by step", async () => {
    const etcd = await Etcd.start();
    try {
      expect(await transcript(askerOf(server.base))).toEqual(await transcript(askerOf(etcd.base)));
    } finally {
      await etcd.dispose();
    }
  });

  test("a waiter whose lease is over is told so, and not that it holds the lock", async () => {
    const ask = askerOf(server.base);
    for (const ID of ["21", "22"]) await ask("lease/grant", { TTL: 600, ID });
    const { body } = await ask("lock/lock", { name: name("lost"), lease: "21" });
    const waiting = ask("lock/lock", { name: name("lost"), lease: "22" });
    await expect.poll(async () => (await ask("lease/timetolive", { ID: "22", keys: true })).body.keys).toHaveLength(1);
    await ask("lease/revoke", { ID: "22" });
    await ask("lock/unlock", { key: body.key });
    expect(await waiting).toMatchObject({
      status: 500,
      body: { code: 2, error: "etcdserver: requested lease not found" },
    });
  });

  test("observers are told of the leader at once, and of every one after it", async () => {
    const ask = askerOf(server.base);
    for (const ID of ["31", "32"]) await ask("lease/grant", { TTL: 600, ID });
    const { body } = await ask("election/campaign", { name: name("seen"), lease: "31", value: name("one") });
    const response = await fetch(`${server.base}/v3/election/observe`, {
      method: "POST",
      body: JSON.stringify({ name: name("seen") }),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    const told: string[] = [];
    const until = async (value: string) => {
      while (!told.join("").includes(`"value":"${name(value)}"`)) told.push((await reader.read()).value ?? "");
    };
    await until("one");
    await ask("election/proclaim", { leader: body.leader, value: name("two") });
    await until("two");
    const next = ask("election/campaign", { name: name("seen"), lease: "32", value: name("three") });
    await ask("election/resign", { leader: body.leader });
    await next;
    await until("three");
    await reader.cancel();
  });

  test("a method of etcd's that is not served is told in etcd's form, and a path that etcd lacks is not there", async () => {
    const ask = askerOf(server.base);
    expect(await ask("maintenance/snapshot")).toMatchObject({ status: 501, body: { code: 12 } });
    const nowhere = await fetch(`${server.base}/v3/auth/status`, { method: "POST", body: "{}" });
    expect([nowhere.status, await nowhere.text()]).toEqual([404, "Not Found\n"]);
  });

  test("a lock of the gateway and one of the native client exclude each other", async () => {
    const { createSynod } = await import("../../src/client/index.ts");
    await using synod = createSynod({ url: server.base });
    const lock = await synod.locks.acquire("both");
    const ask = askerOf(server.base);
    await ask("lease/grant", { TTL: 600, ID: "41" });
    let isHeld = false;
    const waiting = ask("lock/lock", { name: name("both"), lease: "41" }).then((answer) => {
      isHeld = true;
      return answer;
    });
    await expect.poll(async () => (await ask("lease/timetolive", { ID: "41", keys: true })).body.keys).toHaveLength(1);
    expect(isHeld).toBe(false);
    await lock.release();
    expect((await waiting).status).toBe(200);
    expect(await synod.locks.tryAcquire("both")).toBeNull();
  });
});
