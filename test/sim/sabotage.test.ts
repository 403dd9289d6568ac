import { describe, expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import { BUILD_OTHER, BUILD_RASH } from "./build.ts";
import { simulate } from "./run.ts";
import type { Place } from "./scheduler.ts";
import { STAMP_LEVEL } from "./stamped-put.ts";
import type { World } from "./world.ts";

/*
 * The broken twins: the same simulation with one thing spoilt behind the system's back, which the checkers that watch
 * it have to notice.
 */

/** Runs of a spoilt world until it is accused, at most, and of one that is not. */
const SPOILT_SEEDS_MAX = 40;
const SOUND_SEEDS = 12;
const NOWHERE: Place = { admit: () => "run", rest: () => {} };

/** What the checkers said to a world that `spoil` is done to every half second, until a seed makes them say `due`. */
async function accusations(spoil: (world: World) => void, due?: RegExp): Promise<string> {
  const failures: string[] = [];
  const seeds = due === undefined ? SOUND_SEEDS : SPOILT_SEEDS_MAX;
  for (let seed = 1; seed <= seeds; seed++) {
    const { failure } = await simulate(seed, {
      sabotage(world) {
        for (let at = 500; at < 20_000; at += 500) world.environment.scheduler.at(at, NOWHERE, () => spoil(world));
      },
    });
    if (failure !== undefined) failures.push(failure.split("\n")[0] ?? "");
    if (due?.test(failures.at(-1) ?? "") === true) break;
  }
  return failures.join("\n");
}

/** Changes what is durable, as a disk that was rolled back would. */
function spoilDisk(world: World, role: "acceptors" | "learners", statement: string, machines?: number): void {
  for (const machine of world[role].slice(0, machines)) {
    machine.crash("spoilt");
    const tables = machine.disk.peek<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    // Its name tells the feature level.
    const meta = tables.find(({ name }) => /^meta(_\d+)?$/.test(name))?.name ?? "meta";
    if (tables.length > 0) machine.disk.peek(statement.replace("{meta}", meta));
  }
}

/** A client asks for what only a level has that the namespace has not reached. */
function proposeAbove({ workers, model }: World): void {
  if (model.level >= STAMP_LEVEL) return;
  const op = { kind: "put", key: utf8Encode("above"), value: utf8Encode("1"), stamp: true } as const;
  workers[0]?.serve(
    (coordinator) => coordinator.write({ op }),
    () => {},
    () => {},
  );
}

describe("a broken twin is caught:", () => {
  test("acceptors that forget what they promised", async () => {
    const due = /Violation: (3|4|10):|: 9:/;
    const spoil = (world: World) =>
      spoilDisk(world, "acceptors", "UPDATE acceptor SET promised_n = 0, promised_proposer = '', open_from = 1");
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("acceptors that forget votes", async () => {
    const due = /12: acceptor \d lost its vote/;
    const spoil = (world: World) =>
      spoilDisk(world, "acceptors", "DELETE FROM log WHERE slot = (SELECT max(slot) FROM log)");
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("a learner whose state was changed", async () => {
    const due = /14: .* has another digest/;
    const spoil = (world: World) => spoilDisk(world, "learners", "UPDATE {meta} SET digest = zeroblob(32)");
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("a learner whose value was changed", async () => {
    const due = /19: .* read|21: .* was told/;
    const spoil = (world: World) => spoilDisk(world, "learners", "UPDATE history SET value = X'00'");
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("a learner that forgets who asked", async () => {
    const due = /14:|17:/;
    const spoil = (world: World) => {
      for (let table = 0; table < 6; table++) spoilDisk(world, "learners", `DELETE FROM request_${table}`);
    };
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("a watcher's frame that is told twice", async () => {
    const due = /21:/;
    const spoil = (world: World) => {
      const { events } = world.model;
      const last = events.at(-1);
      if (last !== undefined) events.push({ ...last, value: `${last.value}` });
    };
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("leases that are remembered with another renewal", async () => {
    const due = /14: .* has leases/;
    const spoil = (world: World) => spoilDisk(world, "learners", "UPDATE lease SET renewals = renewals + 1");
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("a learner that forgets what goes with a lease", async () => {
    const due = /14: .* (has leases|is at revision)/;
    const spoil = (world: World) => spoilDisk(world, "learners", "DELETE FROM lease_key", 1);
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("leases that are measured from before they were renewed", async () => {
    const due = /lease \d+ of \d+ ms ended \d+ ms after slot \d+ renewed it/;
    const spoil = (world: World) => spoilDisk(world, "learners", "UPDATE lease SET heard_ms = heard_ms - 9e5");
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("leases that are measured for ever", async () => {
    const due = /liveness: leases [\d,]+ never ended/;
    const spoil = (world: World) => spoilDisk(world, "learners", "UPDATE lease SET heard_ms = heard_ms + 9e5");
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("compaction that takes what it should have spared", async () => {
    const due = /learner \w+ holds (at revision|the events)|21:/;
    const spoil = (world: World) =>
      spoilDisk(world, "learners", "DELETE FROM history WHERE id = (SELECT min(id) FROM history)");
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("a learner that forgets that it compacted", async () => {
    const due = /14: .* is compacted to|21: \w+ may watch from/;
    const spoil = (world: World) => {
      // Not before there is something to forget: whoever is spoilt crashes, and gets nothing done.
      if (world.model.compact > 1) spoilDisk(world, "learners", "UPDATE {meta} SET compact = -1");
    };
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("watchers that are cancelled for a compaction that never was", async () => {
    const due = /21: .* was cancelled|14: .* is compacted to/;
    const spoil = (world: World) =>
      spoilDisk(world, "learners", "UPDATE {meta} SET compact = revision, compact_done = revision");
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("learners that propose what the namespace has not reached", async () => {
    const due = /levels: slot \d+ has /;
    const spoil = (world: World) => {
      for (const learner of world.learners) if (learner.build !== BUILD_RASH) learner.deploy(BUILD_RASH);
      proposeAbove(world);
    };
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("learners of two builds that apply the same command each in its own way", async () => {
    const due = /14: .* has another digest/;
    const spoil = (world: World) => {
      const [first] = world.learners;
      if (first !== undefined && first.build !== BUILD_OTHER) first.deploy(BUILD_OTHER);
    };
    expect(await accusations(spoil, due)).toMatch(due);
  });

  test("nobody, while what is not reached is only asked for", async () => {
    expect(await accusations(proposeAbove)).toBe("");
  });

  test("nothing at all, as long as nothing is spoilt", async () => {
    expect(await accusations(() => utf8Encode(""))).toBe("");
  });
});
