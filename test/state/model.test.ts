import { expect, test } from "vitest";
import type { WatchEvent } from "../../src/api/key-value.ts";
import { Random } from "../random.ts";
import { Drive } from "./drive.ts";
import { Model } from "./model.ts";
import { RandomOps } from "./random-op.ts";

const SEEDS = 30;
const STEPS = 150;

/** All events from `from` on, read in small pages. */
function eventsFrom(drive: Drive, random: Random, from: number): readonly WatchEvent[] {
  const events: WatchEvent[] = [];
  for (let next = from; next <= drive.machine.revision; ) {
    const page = drive.machine.events(next, drive.machine.revision, 1 + random.below(5), 1 + random.below(100), {
      prev: true,
    });
    if ("kind" in page) throw new Error(page.why);
    events.push(...page.events);
    next = page.next;
  }
  return events;
}

/** How often each kind of answer came, so that the test is known to have tried it. */
const seen = new Map<string, number>();

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
  "the machine answers as the model does, seed %i",
  (seed) => {
    const random = new Random(seed);
    const ops = new RandomOps(random);
    const drive = new Drive();
    const model = new Model();
    for (let step = 0; step < STEPS; step++) {
      const op = ops.op(model.revision);
      const slot = drive.nextSlot;
      const result = drive.run(op);
      expect({ seed, step, op, result }).toEqual({ seed, step, op, result: model.run(op, slot) });
      const name = result.kind === "refused" ? result.why : result.kind;
      seen.set(name, (seen.get(name) ?? 0) + 1);

      const range = ops.range(model.revision);
      expect({ seed, step, range, result: drive.machine.query(range) }).toEqual({
        seed,
        step,
        range,
        result: model.query(range),
      });
      expect(drive.machine.revision).toBe(model.revision);
      expect(drive.machine.compactRevision).toBe(model.compactRevision);
      if (random.oneIn(3)) drive.machine.compactStep(1 + random.below(5));
      if (random.oneIn(10)) {
        const from = model.compactRevision;
        expect(eventsFrom(drive, random, from)).toEqual(model.events(from));
      }
    }
    for (const { lease, ttl } of drive.machine.leasesHeld()) {
      expect(model.leases().get(lease)).toBe(ttl);
      expect(drive.machine.query({ kind: "lease", lease, keys: { limit: 1_000 } })).toMatchObject({
        keys: model.leaseKeys(lease),
      });
    }
  },
);

test("and every kind of answer came up", () => {
  expect([...seen.keys()].toSorted()).toEqual([
    "compact",
    "compacted",
    "delete",
    "duplicate-key",
    "future-revision",
    "key-not-found",
    "lease-exists",
    "lease-grant",
    "lease-keep-alive",
    "lease-not-found",
    "lease-provided",
    "lease-revoke",
    "propose",
    "put",
    "txn",
    "value-provided",
  ]);
});
