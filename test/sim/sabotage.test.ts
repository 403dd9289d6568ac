import { describe, expect, test } from "vitest";
import { utf8Encode } from "../../src/wire/bytes.ts";
import { simulate } from "./run.ts";
import type { Place } from "./scheduler.ts";
import type { World } from "./world.ts";

/*
 * The broken twins: the same simulation with one thing spoilt behind the system's back, which the checkers that watch
 * it have to notice.
 */

const SEEDS = 12;
const NOWHERE: Place = { admit: () => "run", rest: () => {} };

/** What the checkers said, over a few seeds, to a world that `spoil` is done to every half second. */
async function accusations(spoil: (world: World) => void): Promise<string> {
  const failures: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { failure } = await simulate(seed, {
      sabotage(world) {
        for (let at = 500; at < 20_000; at += 500) world.scheduler.at(at, NOWHERE, () => spoil(world));
      },
    });
    if (failure !== undefined) failures.push(failure.split("\n")[0] ?? "");
  }
  return failures.join("\n");
}

/** Changes what is durable, as a disk that was rolled back would. */
function spoilDisk(world: World, role: "acceptors" | "learners", statement: string): void {
  for (const machine of world[role]) {
    machine.crash("spoilt");
    if (machine.disk.peek("SELECT name FROM sqlite_master").length > 0) machine.disk.peek(statement);
  }
}

describe("a broken twin is caught:", () => {
  test("acceptors that forget what they promised", async () => {
    const told = await accusations((world) =>
      spoilDisk(world, "acceptors", "UPDATE acceptor SET promised_n = 0, promised_proposer = '', open_from = 1"),
    );
    expect(told).toMatch(/Violation: (3|4|10):|: 9:/);
  });

  test("acceptors that forget votes", async () => {
    const told = await accusations((world) =>
      spoilDisk(world, "acceptors", "DELETE FROM log WHERE slot = (SELECT max(slot) FROM log)"),
    );
    expect(told).toMatch(/12: acceptor \d lost its vote/);
  });

  test("a learner whose state was changed", async () => {
    const told = await accusations((world) => spoilDisk(world, "learners", "UPDATE meta SET digest = zeroblob(32)"));
    expect(told).toMatch(/14: .* has another digest/);
  });

  test("a learner whose value was changed", async () => {
    const told = await accusations((world) => spoilDisk(world, "learners", "UPDATE history SET value = X'00'"));
    expect(told).toMatch(/19: .* read|21: .* was told/);
  });

  test("a learner that forgets who asked", async () => {
    const told = await accusations((world) => {
      for (let table = 0; table < 6; table++) spoilDisk(world, "learners", `DELETE FROM request_${table}`);
    });
    expect(told).toMatch(/14:|17:/);
  });

  test("a watcher's frame that is told twice", async () => {
    const told = await accusations((world) => {
      const { events } = world.model;
      const last = events.at(-1);
      if (last !== undefined) events.push({ ...last, value: `${last.value}` });
    });
    expect(told).toMatch(/21:/);
  });

  test("nothing at all, as long as nothing is spoilt", async () => {
    expect(await accusations(() => utf8Encode(""))).toBe("");
  });
});
