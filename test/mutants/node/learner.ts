import type { Mutant } from "../mutant.ts";

/** Learners: what they pass on, fetch, drop and compare. */
export const LEARNER_MUTANTS: readonly Mutant[] = [
  {
    name: "an excluded learner goes on from its own state",
    rule: "Levels: an excluded learner begins anew",
    edits: [
      {
        find: "if (!regions.includes(this.#context.parts.region)) return;",
        replace: "if (regions.length > 0) return;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a learner that begins anew begins again at the same raise",
    rule: "Levels: an excluded learner begins anew, once",
    edits: [
      {
        find: "current !== undefined && current.slot >= slot",
        replace: "current !== undefined && current.slot < slot",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a learner that begins anew makes its state of the log",
    rule: "Digests: a fresh snapshot",
    edits: [{ find: "answer.firstSlot > from || this.#isAnew", replace: "answer.firstSlot > from || !this.#isAnew" }],
    layers: ["tests"],
  },
  {
    name: "every entry is applied by the commands of the learner's own",
    rule: "14: the same entries in the same order give the same state",
    edits: [{ find: "entry === own?.entry ?", replace: "own !== undefined ?" }],
  },
  {
    name: "an own entry is applied as it was before it was encoded",
    rule: "14: the same entries in the same order give the same state",
    edits: [
      {
        find: "value.startsWith(BYTE_ORDER_MARK) || LONE_SURROGATE.test(value) ? undefined : value;",
        replace: "value.startsWith(BYTE_ORDER_MARK) && LONE_SURROGATE.test(value) ? undefined : value;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "the learner trusts one acceptor's vote",
    rule: "6: never a single acceptor's accepted",
    edits: [
      {
        find: "known ?? chosenByVotes(quorums, votesIn(slot, replies))",
        replace: "known ?? votesIn(slot, replies)[0]?.entryId",
      },
    ],
    fast: true,
  },
  {
    name: "the log is dropped before a majority of learners holds it",
    rule: "15: dropped => applied by a majority",
    edits: [
      {
        find: "applied[quorumsFor(members.length).classic - 1]",
        replace: "applied[0]",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "learners do not pass on what is chosen",
    rule: "6: the proposer tells the others",
    edits: [
      {
        find: "for (const outbox of this.#outboxes) outbox.add(decided);",
        replace: "void decided;",
      },
    ],
  },
  {
    name: "no push to a returning acceptor",
    rule: "6: the home learner pushes chosen ids",
    edits: [
      {
        find: "    if (fresh.length > 0) homeAcceptor.tell(fresh);\n",
        replace: "    void homeAcceptor;\n",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a learner does not fetch a snapshot",
    rule: "6: or else a snapshot from another learner",
    edits: [
      {
        find: "if ((answer.firstSlot > from || this.#isAnew) && (await this.#ports.fetchSnapshot())) continue;",
        replace: "if (answer.firstSlot > from) break;",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a learner does not drive its gaps",
    rule: "6: drives that gap itself",
    edits: [
      {
        find: "    if (this.#running) return;\n",
        replace: "    if (this.#target > 0) return;\n",
      },
    ],
  },
  {
    name: "learners do not compare digests",
    rule: "9: learners compare digests at equal slots",
    layers: ["tests"],
    edits: [
      {
        find: "if (own === undefined || own === digest) return;",
        replace: "if (own === undefined || own !== digest || own === digest) return;",
      },
    ],
  },
  {
    name: "a learner that differs from a majority goes on answering",
    rule: "9: a learner that differs stops",
    layers: ["tests"],
    edits: [
      {
        find: "const answer = integrity.isSuspended ? undefined : await this.#hold(() => this.#serve(call));",
        replace:
          "if (integrity !== undefined) return this.#serve(call);\n        const answer = await this.#serve(call);",
      },
    ],
  },
  {
    name: "a learner that differs trusts itself again after a restart",
    rule: "9: a learner that differs stops",
    layers: ["tests"],
    edits: [
      {
        find: "INSERT OR REPLACE INTO suspension VALUES (1, ?, ?)",
        replace: "INSERT OR REPLACE INTO suspension SELECT 1, ?, ? WHERE 1 = 0",
      },
    ],
  },
  {
    name: "a learner that differs from any other stops",
    rule: "9: without a majority none stops",
    layers: ["tests"],
    edits: [
      {
        find: "digests.filter((one) => one === digest).length >= majority",
        replace: "digests.filter((one) => one === digest).length > 0 && digests.at(-1) === digest && majority > 0",
      },
    ],
  },
  {
    name: "a learner holds as many calls as come",
    rule: "a learner that is overloaded sheds load early",
    layers: ["tests"],
    edits: [{ find: "if (this.#held >= this.#parts.limits.callsHeldMax)", replace: "if (this.#held < 0)" }],
  },
  {
    name: "a process holds as many requests of a namespace as come",
    rule: "one namespace's load does not stall another's",
    layers: ["tests"],
    edits: [{ find: "if (held.size >= this.#max) return undefined;", replace: "if (held.size < 0) return undefined;" }],
  },
  {
    name: "a chore that can not say when it is due stops all others",
    rule: "an exception in one chore stops no other",
    layers: ["tests"],
    edits: [{ find: "this.#host.background(Promise.reject(error));\n", replace: "throw error;\n" }],
  },
];
