import type { Mutant } from "./mutant.ts";

/** Leaders from one term to the next. */
export const LEADER_MUTANTS: readonly Mutant[] = [
  {
    name: "a leader's next term forgets what the last one heard of",
    rule: "5: n carried forward",
    edits: [
      {
        find: "elected = await this.#proposer.recover({",
        replace: "elected = await new Proposer(this.#context).recover({",
      },
    ],
    layers: ["tests"],
  },
];
