import { describe, expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import type { Learner } from "../../src/node/learner/learner.ts";
import type { Retention } from "../../src/node/learner/retention.ts";
import { RETENTION_RETRY_MS } from "../../src/node/timing.ts";
import { ops } from "../state/drive.ts";
import { Town } from "./town.ts";

const KEPT_SECONDS = 60;

/** A learner with more history than it need keep, in a town where nobody tells it what is chosen. */
async function overfull(town: Town, region: Region, retention: Retention): Promise<Learner> {
  const learner = town.learner(region, undefined, undefined, undefined, retention);
  await town.chosen(learner, ...Array.from({ length: 10 }, (_, value) => ops.put("k", `${value}`)));
  return learner;
}

/** Whether the alarm, which may be rung for anything, makes the learner propose: only then are all acceptors asked. */
async function proposes(town: Town, alarm: Promise<void>): Promise<boolean> {
  town.calls.length = 0;
  await town.until(alarm);
  return town.calls.some((call) => call.startsWith("acceptor apac"));
}

describe("a learner that compacts by itself", () => {
  for (const retention of [{ revisions: 2 }, { seconds: KEPT_SECONDS }]) {
    const kept = Object.keys(retention).join();

    test(`does not propose again and again while it is behind, ${kept}`, async () => {
      const town = new Town();
      const learner = await overfull(town, "weur", retention);
      // By age: what was current at the first alarm is old enough at the second.
      await town.until(learner.alarm());
      await town.pass(KEPT_SECONDS * 1_000);
      expect(await proposes(town, learner.alarm())).toBe(true);
      expect(await proposes(town, learner.alarm())).toBe(false);
      await town.pass(RETENTION_RETRY_MS);
      expect(await proposes(town, learner.alarm())).toBe(true);
    });
  }

  test("waits for its turn, and leaves it when another was faster", async () => {
    const town = new Town();
    const learner = await overfull(town, "enam", { revisions: 2 });
    const alarm = learner.alarm();
    await town.pass(1);
    await town.chosen(learner, { kind: "compact", revision: learner.machine.revision - 2 });
    expect(await proposes(town, alarm)).toBe(false);
  });
});
