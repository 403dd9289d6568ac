import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { authDifferential } from "./auth-differential.ts";
import { differential } from "./differential.ts";
import { ETCD_ABSENT, etcdVersion } from "./etcd.ts";

const isAbsent = etcdVersion() === undefined;
if (isAbsent) console.warn(ETCD_ABSENT);

const SEED = 4;
const OPERATIONS = 600;
const AUTH_OPERATIONS = 300;

describe.skipIf(isAbsent)("the same requests to etcd and to the gateway (npm run differential compares more)", () => {
  let server: DevServer;
  beforeAll(async () => {
    server = await DevServer.start();
  });
  afterAll(async () => {
    // Streams that are open would keep it from ending in good order.
    await server.kill();
    await server.dispose();
  });

  test(`get the same answers: ${OPERATIONS} operations, and all that watches tell`, async () => {
    const outcome = await differential(server.base, "differential", { seed: SEED, operations: OPERATIONS });
    expect(outcome.difference).toBeUndefined();
    expect(outcome.operations).toBe(OPERATIONS);
    expect(outcome.events).toBeGreaterThan(OPERATIONS / 2);
  });

  test(`of users, roles and permissions, too: ${AUTH_OPERATIONS} operations`, async () => {
    const sequence = { seed: SEED, operations: AUTH_OPERATIONS };
    const outcome = await authDifferential(server.base, "auth-differential", sequence);
    expect(outcome.difference).toBeUndefined();
    expect(outcome.operations).toBe(AUTH_OPERATIONS);
    for (const denied of ["POST kv/put 403", "POST kv/range 403", "POST kv/put 200"]) {
      expect(outcome.answers.get(denied) ?? 0, denied).toBeGreaterThan(0);
    }
  });
});
