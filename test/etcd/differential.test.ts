import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { differential } from "./differential.ts";
import { ETCD_ABSENT, etcdVersion } from "./etcd.ts";

const isAbsent = etcdVersion() === undefined;
if (isAbsent) console.warn(ETCD_ABSENT);

const SEED = 4;
const OPERATIONS = 600;

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
});
