import type { Region } from "../../src/network/region.ts";
import type { Random } from "../random.ts";
import { BUILD_NEW } from "./build.ts";
import { DurableMachine } from "./durable-machine.ts";
import type { LearnerMachine } from "./learner-machine.ts";
import type { Plan } from "./plan.ts";
import { raiseWhenPossible, releaseDraw } from "./rollout.ts";
import type { Place } from "./scheduler.ts";
import type { World } from "./world.ts";

/** How often copies of disks are taken. */
const BACKUP_MS = 3_000;
const NOWHERE: Place = { admit: () => "run", rest: () => {} };

/** Schedules what befalls the world until `until`. Each fault that lasts is lifted again, unless healing was sooner. */
export function incidentsStart(world: World, { incidents, damage, deploys }: Plan, until: number): void {
  const { scheduler, links, trace, faults, tally } = world.environment;
  const random = world.environment.random.fork();
  const regions = [...new Set([...world.configuration.members, ...world.workers.map((one) => one.region)])];

  const repeat = (meanMs: number | undefined, happen: () => void) => {
    if (meanMs === undefined) return;
    const next = () => {
      const at = scheduler.now + random.exponential(meanMs);
      if (at >= until) return;
      scheduler.at(at, NOWHERE, () => {
        if (!faults.isActive) return;
        happen();
        next();
      });
    };
    next();
  };
  const lasting = (what: string, meanMs: number, toggle: (by: 1 | -1) => void) => {
    trace.note(scheduler.now, what, "fault");
    toggle(1);
    scheduler.after(random.exponential(meanMs), NOWHERE, () => {
      trace.note(scheduler.now, `${what}: over`, "fault");
      toggle(-1);
    });
  };

  repeat(incidents.oneWay, () => {
    const [from, to] = pairOf(random, regions);
    lasting(`${to} does not hear ${from}`, 3_000, (by) => links.block(from, to, by));
  });
  repeat(incidents.split, () => {
    const left = new Set(regions.filter(() => random.chance(0.5)));
    const right = regions.filter((region) => !left.has(region));
    lasting(`split of ${[...left].join()} from ${right.join()}`, 4_000, (by) => {
      for (const a of left) {
        for (const b of right) {
          links.block(a, b, by);
          links.block(b, a, by);
        }
      }
    });
  });
  repeat(incidents.regionDown, () => {
    const region = random.pick(regions);
    lasting(`${region} is down`, 5_000, (by) => links.down(region, by));
    for (const machine of world.machines) {
      if (machine.region === region && random.chance(0.7)) machine.crash("crashed with its region");
    }
  });
  repeat(incidents.slow, () => {
    const [from, to] = pairOf(random, regions);
    lasting(`slow from ${from} to ${to}`, 4_000, (by) => links.slow(from, to, by));
  });
  repeat(incidents.pause, () => random.pick(world.machines).pause(random.exponential(1_500)));
  repeat(incidents.crash, () => random.pick(world.machines).crash("crashed"));
  repeat(incidents.workerCrash, () => random.pick(world.workers).crash("crashed"));
  repeat(incidents.evict, () => {
    const machine = random.pick(world.machines);
    if (machine instanceof DurableMachine) machine.evict();
  });
  repeat(deploys.every, () => {
    const machine = random.pick(world.machines);
    const build = releaseDraw(world, random, machine);
    if (build === machine.build) return;
    tally.add(build === BUILD_NEW ? "machine updated" : "machine rolled back");
    machine.deploy(build);
    raiseWhenPossible(world, random);
  });
  const undamaged = random.shuffled(world.learners).slice(0, damage.learners);
  repeat(damage.every === undefined ? undefined : BACKUP_MS, () => {
    for (const machine of [...world.learners, ...world.acceptors]) machine.backUp();
  });
  repeat(damage.every, () =>
    random.chance(0.5) ? damageAcceptor(world, random) : damageLearner(undamaged, world, random),
  );
}

function damageLearner(undamaged: LearnerMachine[], world: World, random: Random): void {
  const learner = undamaged.pop();
  // An older copy of the acceptor's disk is not noticed but by what this one holds.
  if (learner === undefined || world.acceptors.some((one) => one.isUnseen && one.region === learner.region)) return;
  if (random.chance(1 / 3)) return learner.corrupt();
  if (learner.hasBackup && random.chance(0.5)) learner.goBack();
  else learner.loseDisk();
}

function damageAcceptor({ acceptors, plan, learners }: World, random: Random): void {
  if (acceptors.filter((acceptor) => acceptor.isAway).length >= plan.damage.acceptors) return;
  const acceptor = random.pick(acceptors.filter(({ isAway }) => !isAway));
  const home = learners.find(({ region }) => region === acceptor.region);
  if (acceptor.hasBackup && acceptor.isCopySeen && home?.isCorrupt === false) acceptor.goBack();
  else acceptor.loseDisk();
}

function pairOf(random: Random, regions: readonly Region[]): readonly [Region, Region] {
  const from = random.pick(regions);
  return [from, random.pick(regions.filter((region) => region !== from))];
}
