import type { LayerName } from "./layer.ts";

/** One small wrong change of the shipping code. */
export interface Mutant {
  readonly name: string;
  /** What it breaks: a rule of the protocol document, or an invariant's number. */
  readonly rule: string;
  readonly edits: readonly Edit[];
  /** Runs with `npm test` too. */
  readonly fast?: boolean;
  /** The layers that are asked; without it, all that see the changed files. */
  readonly layers?: readonly LayerName[];
}

export interface Edit {
  /** Below `src/`. */
  readonly file: string;
  /** Must be found exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Takes an assertion out, so that the mutant behind it has to be caught by what it does. */
export function unasserted(file: string, find: string): Edit {
  return { file, find, replace: find.replace(/invariant\(/, "((..._: unknown[]) => {})(") };
}
