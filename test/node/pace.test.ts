import { expect, test } from "vitest";
import { sleep } from "../../src/network/host.ts";
import { Pace } from "../../src/node/propose/pace.ts";
import { ROUND_NEAR_MS } from "../../src/node/timing.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const DEPTH = 4;

/** Rounds that take as long as `tookMs` says, wanted all the time; the most that were under way at once. */
async function mostUnderWay(
  cluster: VirtualCluster,
  tookMs: (round: number) => number,
  forMs: number,
): Promise<number> {
  let rounds = 0;
  let most = 0;
  const pace: Pace = new Pace(cluster.host, DEPTH, () => sleep(cluster.host, tookMs(rounds++)));
  for (let passed = 0; passed < forMs; passed += 10) {
    pace.want();
    most = Math.max(most, pace.underWay);
    await cluster.pass(10);
  }
  return most;
}

test("rounds across the wide area overlap, near ones go one at a time", async () => {
  expect(await mostUnderWay(new VirtualCluster(), () => 4 * ROUND_NEAR_MS, 2_000)).toBe(DEPTH);
  expect(await mostUnderWay(new VirtualCluster(), () => ROUND_NEAR_MS - 15, 2_000)).toBe(1);
});

test("a round that took no time is forgotten like any other", async () => {
  const tookMs = (round: number) => (round === 0 ? 0 : 4 * ROUND_NEAR_MS);
  expect(await mostUnderWay(new VirtualCluster(), tookMs, 20_000)).toBeGreaterThan(1);
});
