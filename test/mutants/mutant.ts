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

/** Names what it changes by its text, so that code can move to another file and its mutants stay as they are. */
export interface Edit {
  /** Must be found exactly once in all of `src/`. */
  readonly find: string;
  readonly replace: string;
}

/** Takes an assertion out, so that the mutant behind it has to be caught by what it does. */
export function unasserted(find: string): Edit {
  return { find, replace: find.replace(/invariant\(/, "((..._: unknown[]) => {})(") };
}
