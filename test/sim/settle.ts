import { utf8Encode } from "../../src/api/bytes.ts";
import { BUILD_NEW } from "./build.ts";
import type { Client } from "./client.ts";
import type { Place } from "./scheduler.ts";
import { demand } from "./violation.ts";
import type { Watcher } from "./watcher.ts";
import type { World } from "./world.ts";

const SOMEBODY: Place = { admit: () => "run", rest: () => {} };

/** How long after healing each of these may take. */
const ANSWERS_MS = 90_000;
const QUIET_MS = 120_000;
const AGREE_MS = 60_000;
/** The longest TTL that is waited for, by a slow clock, and the turns that learners take. */
const LEASES_MS = 30_000;
/** Physical compaction rests while a snapshot is read, and looks again after as long. */
const COMPACTED_MS = 120_000;
const FAST_ATTEMPTS_MAX = 20;
const FAST_PAUSE_MS = 2_000;

/**
 * Heals the world and demands that it recovers: what was begun is answered, no vote stays undecided, every watcher
 * reaches the end, leases run out, the learners agree and compact, and the fast path is there again.
 */
export async function settle(world: World, clients: readonly Client[], watchers: readonly Watcher[]): Promise<void> {
  const { scheduler, links, faults, trace } = world.environment;
  trace.note(scheduler.now, "healed", "fault");
  links.heal();
  faults.isActive = false;
  for (const client of clients) client.isClosing = true;
  for (const machine of world.machines) if (machine.build !== BUILD_NEW) machine.deploy(BUILD_NEW);

  await within(
    world,
    ANSWERS_MS,
    () => clients.every((client) => client.isDone),
    () => "a client was never answered",
  );
  const quiet = () => undecided(world) === undefined && watchers.every((watcher) => watcher.isComplete);
  await within(world, QUIET_MS, quiet, () => {
    const late = watchers.filter((watcher) => !watcher.isComplete).map((watcher) => watcher.name);
    return undecided(world) ?? `watchers never reached the end: ${late.join()}`;
  });

  await within(
    world,
    LEASES_MS,
    () => world.leases.awaited.length === 0,
    () => `leases ${world.leases.awaited.join()} never ended`,
  );
  if (world.leases.size > 0) world.environment.tally.add("lease outlived the run", world.leases.size);
  await everybodyWrites(world);
  const agree = () => laggard(world) === undefined;
  await within(world, AGREE_MS, agree, () => laggard(world) ?? "");
  const complete = () => watchers.every((watcher) => watcher.isComplete);
  await within(world, AGREE_MS, complete, () => "a watcher missed the last writes");
  const sound = () => world.alarms.isDone && world.learners.every((learner) => !learner.isCorrupt);
  await within(world, AGREE_MS, sound, () => "a corrupted state was not noticed, or not begun anew");
  const compacted = () => world.retention.isDone && world.learners.every((learner) => learner.isCompacted);
  await within(world, COMPACTED_MS, compacted, () => compactionText(world));
  await within(world, AGREE_MS, agree, () => laggard(world) ?? "");
  if (world.environment.failure === undefined) for (const learner of world.learners) learner.audit();
}

/** A write in every region, until each goes the fast way again: no fault of the past may disable it for good. */
async function everybodyWrites(world: World): Promise<void> {
  for (const worker of world.workers) {
    let path = "";
    for (
      let attempt = 0;
      attempt < FAST_ATTEMPTS_MAX && path !== "fast" && world.environment.failure === undefined;
      attempt++
    ) {
      const told: { path: string | undefined } = { path: undefined };
      const op = { kind: "put", key: utf8Encode("z"), value: utf8Encode(`${attempt}`) } as const;
      world.environment.scheduler.after(attempt * FAST_PAUSE_MS, worker, () =>
        worker.serve(
          (coordinator) => coordinator.write({ op }),
          (outcome) => {
            told.path = outcome.kind === "applied" ? outcome.path : outcome.kind;
          },
          () => {},
        ),
      );
      await within(
        world,
        AGREE_MS,
        () => told.path !== undefined,
        () => `a write through ${worker.name} was never answered`,
      );
      path = told.path ?? "";
    }
    demand(
      path === "fast" || world.environment.failure !== undefined,
      () => `the fast path never came back for ${worker.name}: ${path}`,
    );
  }
}

async function within(world: World, ms: number, come: () => boolean, what: () => string): Promise<void> {
  const { scheduler } = world.environment;
  if (world.environment.failure !== undefined) return;
  // Looking is not free, so it is done now and then.
  const until = scheduler.now + ms;
  const ticking = { on: true };
  const tick = () => {
    if (ticking.on) scheduler.after(100, SOMEBODY, tick);
  };
  tick();
  let last = -1;
  let holds = come();
  await scheduler.run(until, () => {
    if (world.environment.failure !== undefined) return true;
    if (scheduler.now - last >= 50) {
      last = scheduler.now;
      holds = come();
    }
    return holds;
  });
  ticking.on = false;
  demand(
    holds || world.environment.failure !== undefined || come(),
    () => `liveness: ${what()} within ${ms / 1_000} s of healing`,
  );
}

function compactionText({ learners }: World): string {
  const late = learners.filter((learner) => !learner.isCompacted).map(({ name }) => name);
  return late.length === 0 ? "more is kept than has to be" : `compaction was never finished: ${late.join()}`;
}

function undecided(world: World): string | undefined {
  for (const acceptor of world.acceptors) {
    const slots = acceptor.undecided();
    if (slots.length > 0) return `${acceptor.name} holds undecided slots ${slots.join()}`;
  }
  return undefined;
}

function laggard(world: World): string | undefined {
  const { slot } = world.model;
  for (const learner of world.learners) {
    if (learner.appliedUpTo !== slot) return `${learner.name} applied ${learner.appliedUpTo} of ${slot}`;
  }
  for (const acceptor of world.acceptors) {
    if (acceptor.chosenUpTo() !== slot) return `${acceptor.name} knows ${acceptor.chosenUpTo()} of ${slot}`;
  }
  return undefined;
}
