import { env as bindings } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Requester } from "../../src/http/deps.ts";
import { Directory } from "../../src/node/coordinate/directory.ts";
import { ListedCoordinator } from "../../src/node/coordinate/listed-coordinator.ts";
import { DurableCoordinator } from "../../src/objects/coordinator.ts";
import type { Env } from "../../src/objects/env.ts";
import { SYSTEM } from "../../src/policy/caller.ts";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const env = bindings as unknown as Env;
const ROOT = { authorization: "Bearer r00t" };
const GUESS = { authorization: "Bearer syn_abcdefgh_0123456789012345678901234567890123456789012" };

/** A deployment with a directory, in a namespace of its own, and the namespaces whose objects were asked. */
function deployment() {
  const directory = new Directory(() => Date.now());
  const namespace = freshNamespace();
  const asked: string[] = [];
  const synodOf = (requester: Omit<Requester, "namespace">) =>
    new DurableCoordinator(env, { ...requester, namespace, caller: SYSTEM });
  const send = appSend({
    token: "r00t",
    coordinatorFor(requester) {
      const inner = new DurableCoordinator(env, requester);
      const counted = new Proxy(inner, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          return (...all: readonly unknown[]) => {
            asked.push(requester.namespace);
            return Reflect.apply(value, target, all) as unknown;
          };
        },
      });
      return new ListedCoordinator(counted, { ...requester, directory, synod: synodOf(requester) });
    },
    namespaces: (requester, after) => directory.list(synodOf(requester), after),
  });
  return { send, asked, directory };
}

test("names that nobody with a right ever used become no objects", async () => {
  const { send, asked } = deployment();
  for (const headers of [{}, GUESS]) {
    for (const path of [
      "/kv/a",
      "/kv?prefix=",
      "/status",
      "/metrics",
      "/whoami",
      "/watch?prefix=",
      "/tokens",
      "/backup",
    ]) {
      const accept = { accept: "text/event-stream" };
      await problemOf(
        await send(`/v1/${freshNamespace()}${path}`, { headers: { ...headers, ...accept } }),
        "unauthorized",
      );
    }
    await problemOf(await send(`/v1/${freshNamespace()}/kv/a`, { method: "PUT", body: "v", headers }), "unauthorized");
  }
  for (const path of ["maintenance/status", "cluster/member/list", "watch", "kv/range", "lease/leases"]) {
    const headers = { ...GUESS, "synod-namespace": freshNamespace() };
    const response = await send(`/v3/${path}`, { method: "POST", headers, body: '{"create_request":{"key":"YQ=="}}' });
    await response.body?.cancel();
  }
  expect(asked).toEqual([]);
});

test("the first write by root enters a namespace, and the directory lists it", async () => {
  const { send } = deployment();
  const names = [freshNamespace(), freshNamespace()].toSorted();
  for (const name of names) await send(`/v1/${name}/kv/a`, { method: "PUT", body: "v", headers: ROOT });
  const listed = async (query = "") =>
    ((await (await send(`/v1${query}`, { headers: ROOT })).json()) as { readonly namespaces: readonly object[] })
      .namespaces;
  await expect.poll(async () => (await listed()).length, { timeout: 30_000 }).toBe(2);
  expect(await listed()).toMatchObject(names.map((name) => ({ name, created_by: "root" })));
  expect(await listed(`?after=${names[0]}`)).toMatchObject([{ name: names[1] }]);
  await problemOf(await send("/v1", { headers: GUESS }), "unauthorized");
});

test("who has a token of a namespace gets in, also where another isolate entered it", async () => {
  const { send } = deployment();
  const name = freshNamespace();
  const made = await send(`/v1/${name}/tokens`, {
    method: "POST",
    body: JSON.stringify({ roles: ["reader"] }),
    headers: ROOT,
  });
  const { token } = (await made.json()) as { readonly token: string };
  const read = () => send(`/v1/${name}/kv?prefix=`, { headers: { authorization: `Bearer ${token}` } });
  await expect.poll(async () => (await read()).status, { timeout: 30_000 }).toBe(200);
});

test("metrics of all namespaces, with each sample's namespace and every family once", async () => {
  const { send } = deployment();
  const names = [freshNamespace(), freshNamespace()].toSorted();
  for (const name of names) await send(`/v1/${name}/kv/a`, { method: "PUT", body: "v", headers: ROOT });
  const text = async (query = "") => await (await send(`/metrics${query}`, { headers: ROOT })).text();
  await expect.poll(() => text(), { timeout: 30_000 }).toContain("synod_namespaces 2\n");
  const all = await text();
  for (const name of names) expect(all).toMatch(new RegExp(`^synod_quorum_margin\\{namespace="${name}"\\} 2$`, "m"));
  const types = all.split("\n").filter((line) => line.startsWith("# TYPE "));
  expect(new Set(types).size).toBe(types.length);
  expect([all.includes("synod_namespaces_failed 0"), all.includes("synod_namespaces_left_out 0")]).toEqual([
    true,
    true,
  ]);
  const rest = await text(`?after=${names[0]}`);
  expect([rest.includes(`"${names[0]}"`), rest.includes(`"${names[1]}"`)]).toEqual([false, true]);
  await problemOf(await send("/metrics", { headers: GUESS }), "unauthorized");
});
