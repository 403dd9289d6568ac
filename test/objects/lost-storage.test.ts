import { expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import type { Region } from "../../src/network/region.ts";
import { Memory } from "../../src/node/coordinate/request-coordinator.ts";
import { namespaceStatus } from "../../src/node/coordinate/status.ts";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import type { Parts } from "../../src/node/rpc/call.ts";
import { partsFrom } from "../../src/objects/parts.ts";
import { runtimeHost } from "../../src/objects/runtime-host.ts";
import { env, Namespace, put, until } from "./namespace.ts";

const HOME = "weur";
const WIPED = "enam";

/** What a client sees that cannot reach two of the regions. */
function partsWithout(down: readonly Region[], parts: Parts): Parts {
  const { acceptors } = parts;
  const call: Parts["acceptors"]["call"] = async (to, question, timeoutMs) =>
    down.includes(to.region) ? { ok: false, why: "unreachable" } : acceptors.call(to, question, timeoutMs);
  return { ...parts, acceptors: { call } };
}

test("an acceptor that lost its storage is silent and says so; it returns, and what was written is read", async () => {
  const ns = new Namespace();
  for (let count = 0; count < 3; count++) await ns.write(HOME, put("k"));
  await ns.inStorage("acceptor", WIPED, (storage) => storage.deleteAll());
  await ns.crash("acceptor", WIPED);
  const host = runtimeHost(() => undefined);
  const { acceptors: health } = new Memory({ now: () => Date.now() }, HOME);
  const parts = partsWithout(["apac", "oc"], partsFrom(env, host, HOME));
  const context = { host, parts, configuration: ns.configuration, health, limits: NODE_LIMITS };
  const status = await namespaceStatus(context);
  expect(status.acceptors.find(({ region }) => region === WIPED)).toMatchObject({
    reachable: false,
    silent: "lost-storage",
    life: 0,
  });
  await until(async () => {
    await ns.alarm("acceptor", WIPED);
    const { acceptors } = await namespaceStatus({ ...context, parts: partsFrom(env, host, HOME) });
    return acceptors.find(({ region }) => region === WIPED)?.life === 1;
  });
  await ns.write(HOME, put("k"));
  const query = { kind: "range", key: utf8Encode("k") } as const;
  const read = await ns.client(HOME).read({ query, consistency: "linearizable" });
  expect(read).toMatchObject({ kind: "answer", result: { kvs: [{ version: 4 }] } });
});
