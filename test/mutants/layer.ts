/**
 * One way of testing, as a script of its own that runs in a copy of the repository with the mutant in it, prints
 * `Finding`s, one JSON object a line, and stops at the first if it can. A script that fails has found something too:
 * the mutant broke an assertion where no search looks.
 *
 * A new layer is a script in `layers/` and a line here.
 */
export interface Layer {
  readonly name: LayerName;
  /** In the copy. */
  readonly script: string;
  readonly deadlineMs: number;
  /** What it runs of `src/`, as the beginning of paths; a mutant elsewhere is not its business. */
  readonly sees: string;
}

export type LayerName = "model" | "scenarios" | "simulation" | "small simulation" | "tests";

export interface Finding {
  /** Which configuration, scenario or seed. */
  readonly where: string;
  /** What was objected to. */
  readonly rule: string;
  /** How far into it: "depth 7, 1,204 states". */
  readonly effort?: string;
}

export const LAYERS: readonly Layer[] = [
  { name: "model", script: "test/mutants/layers/model.ts", deadlineMs: 120_000, sees: "core/" },
  { name: "scenarios", script: "test/mutants/layers/scenarios.ts", deadlineMs: 30_000, sees: "core/" },
  { name: "simulation", script: "test/mutants/layers/simulation.ts", deadlineMs: 240_000, sees: "" },
  { name: "small simulation", script: "test/mutants/layers/small-simulation.ts", deadlineMs: 240_000, sees: "" },
  { name: "tests", script: "test/mutants/layers/tests.ts", deadlineMs: 240_000, sees: "" },
];
