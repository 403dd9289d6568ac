import { Random } from "../../random.ts";
import { faultsOf } from "./judge.ts";
import type { Twin } from "./store.ts";
import { World } from "./world.ts";

export interface Outcome {
  readonly releases: number;
  readonly transitions: number;
  /** How many releases ended in each state. */
  readonly ends: Readonly<Record<string, number>>;
  /** The first fault, with its seed. */
  readonly fault: { readonly seed: number; readonly text: string } | undefined;
}

/** Simulates releases, one for each seed, until one is wrong. */
export function simulate(seed: number, count: number, twin: Twin = "none"): Outcome {
  const ends: Record<string, number> = {};
  let transitions = 0;
  for (let at = seed; at < seed + count; at++) {
    const world = new World(new Random(at), twin);
    world.run();
    const { state } = world.store.release;
    ends[state] = (ends[state] ?? 0) + 1;
    transitions += world.store.history.length;
    const [text] = faultsOf(world, twin);
    if (text !== undefined) return { releases: at - seed + 1, transitions, ends, fault: { seed: at, text } };
  }
  return { releases: count, transitions, ends, fault: undefined };
}
