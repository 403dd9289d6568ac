import type { Mutant } from "../mutant.ts";

/** Acceptors that finish what nobody else does. */
export const ALARM_MUTANTS: readonly Mutant[] = [
  {
    name: "acceptors never arm their alarm",
    rule: "6: nobody forgets a slot",
    edits: [
      {
        find: "    this.#arm(ms);",
        replace: "    void ms;",
      },
    ],
  },
  {
    name: "an acceptor's alarm is for votes only",
    rule: "6: a hole counts",
    edits: [
      {
        find: 'if (write.kind === "vote" || write.kind === "known") written',
        replace: 'if (write.kind === "vote") written',
      },
      {
        find: "const slots = this.#store.slotsAbove(this.#store.chosenUpTo);",
        replace:
          "const slots = this.#store.slotsAbove(this.#store.chosenUpTo).filter((slot) => this.#store.known(slot) === undefined);",
      },
    ],
  },
];
