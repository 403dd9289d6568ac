import type { Mutant } from "../mutant.ts";

/** Linearizable and local reads. */
export const READ_MUTANTS: readonly Mutant[] = [
  {
    name: "a read does not wait for the slot of its plan",
    rule: "7: answers once appliedUpTo >= p-1",
    edits: [
      {
        find: "slot = Math.max(slot, plan.slot);",
        replace: "slot = Math.max(slot, 0);",
      },
    ],
  },
  {
    name: "a far reader takes the learner's early answer as it is",
    rule: "7: answers once appliedUpTo >= p-1",
    edits: [
      {
        find: "first.appliedUpTo >= plan.slot",
        replace: "first.appliedUpTo >= 0",
      },
    ],
  },
  {
    name: "a far reader names no slot to the learner",
    rule: "7: answers once appliedUpTo >= p-1",
    edits: [
      {
        find: "...asked, slot: plan.slot, waitMs",
        replace: "...asked, slot: 0, waitMs",
      },
    ],
  },
  {
    name: "a local read is answered below its min_revision",
    rule: "20: a session never goes back",
    edits: [
      {
        find: " && replica.machine.revision >= minRevision;",
        replace: " && minRevision >= 0;",
      },
    ],
  },
  {
    name: "a reader is served by a round that began before it asked",
    rule: "19: a read is no older than anything told before it began",
    edits: [
      {
        find: "    const readers = this.#asking;\n    this.#asking = [];\n    const serve = (plan: ReadPlan | undefined) => {\n",
        replace:
          "    const serve = (plan: ReadPlan | undefined) => {\n      const readers = this.#asking;\n      this.#asking = [];\n",
      },
    ],
    layers: ["tests"],
  },
];
