import type { Random } from "../random.ts";
import { BUILD_NEW, BUILD_OLD, type Build } from "./build.ts";
import type { Machine } from "./machine.ts";
import { STAMP_LEVEL } from "./stamped-put.ts";
import type { World } from "./world.ts";

/** How often a machine is rolled back, before the level is raised and, by mistake, after it. */
const ROLLED_BACK = 0.3;
const ROLLED_BACK_TOO_LATE = 0.4;

/** The release that a machine is given next: mostly the new one. */
export function releaseDraw({ model }: World, random: Random, machine: Machine): Build {
  if (machine.build === BUILD_OLD) return BUILD_NEW;
  return random.chance(model.level < STAMP_LEVEL ? ROLLED_BACK : ROLLED_BACK_TOO_LATE) ? BUILD_OLD : BUILD_NEW;
}

/** The operator raises the level once every learner runs the new release. Nobody waits for the answer. */
export function raiseWhenPossible(world: World, random: Random): void {
  const { learners, model, workers, environment } = world;
  if (model.level >= STAMP_LEVEL || learners.some(({ build }) => build !== BUILD_NEW)) return;
  const worker = random.pick(workers);
  environment.trace.note(environment.scheduler.now, `raise to level ${STAMP_LEVEL}`, worker.name);
  worker.serve(
    (coordinator) => coordinator.write({ op: { kind: "raise", level: STAMP_LEVEL } }),
    () => {},
    () => {},
  );
}
