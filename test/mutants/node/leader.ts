import type { Mutant } from "../mutant.ts";

/** Leaders, within a term and from one to the next. */
export const LEADER_MUTANTS: readonly Mutant[] = [
  {
    name: "the leader takes the same ballot again after losing its memory",
    rule: "6: one owner per ballot",
    edits: [
      {
        find: "ballotAbove(this.#seen, this.context.host.freshId())",
        replace: "ballotAbove(this.#seen, wants.lead ?? this.context.host.freshId())",
      },
    ],
  },
  {
    name: "the leader gives a slot twice",
    rule: "6: each slot assigned once",
    edits: [
      {
        find: "if (this.#term === term) this.#term = undefined;",
        replace: "term.nextSlot = slot;",
      },
    ],
  },
  {
    name: "the leader opens below its next slot",
    rule: "10: open only over slots never given a classic value",
    edits: [
      {
        find: "reopen(term.ballot, term.nextSlot);",
        replace: "reopen(term.ballot, term.nextSlot - 1);",
      },
    ],
  },
  {
    name: "the leader goes on in the ballot it opened",
    rule: "10: after the open the owner assigns nothing above",
    edits: [
      {
        find: 'this.#term = undefined;\n      this.#told("leader-rested", term);',
        replace: 'this.#told("leader-rested", term);',
      },
    ],
  },
  {
    name: "the leader begins in slots it has just finished",
    rule: "6: each slot assigned once",
    edits: [
      {
        find: "nextSlot: elected.nextSlot };",
        replace: "nextSlot: from };",
      },
    ],
  },
  {
    name: "an idle leader never opens the log",
    rule: "5: reopens the fast path when idle",
    edits: [
      {
        find: "this.#host.timer(timing.LEADER_IDLE_MS, () => {",
        replace: "this.#host.timer(timing.LEADER_IDLE_MS * 1_000, () => {",
      },
    ],
  },
  {
    name: "a leader drops the commands of a failed round",
    rule: "5: never give up on a command because an outcome is unknown",
    layers: ["tests"],
    edits: [{ find: "this.#queue = [...batch, ...this.#queue];", replace: "" }],
  },
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
