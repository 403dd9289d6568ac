import type { Mutant } from "./mutant.ts";

/** What is stored: the acceptor's tables and the state machine's. */
export const STORAGE_MUTANTS: readonly Mutant[] = [
  {
    name: "the promise is kept in memory only",
    rule: "3, 12: durable before visible",
    edits: [
      {
        find: 'this.#sql.exec(\n          "UPDATE acceptor SET promised_n',
        replace: 'String(\n          "UPDATE acceptor SET promised_n',
      },
      {
        find: "    this.promised = { n: row.promised_n, proposer: row.promised_proposer };\n    this.openFrom = row.open_from ?? CLOSED;",
        replace:
          "    if (this.promised.n === 0) this.promised = { n: row.promised_n, proposer: row.promised_proposer };",
      },
    ],
    fast: true,
  },
  {
    name: "a vote is not stored",
    rule: "12: durable before visible",
    edits: [
      {
        find: "return this.#applyVote(write.slot, write.vote);",
        replace: "return;",
      },
    ],
  },
  {
    name: "a vote does not take the place of an older one",
    rule: "3: votes[slot] = { b, ... }",
    edits: [
      {
        find: "body = excluded.body`",
        replace: "body = excluded.body WHERE ballot_n IS NULL`",
      },
    ],
  },
  {
    name: "an entry takes the place of the vote's, its ballot does not",
    rule: "12: durable before visible",
    edits: [
      {
        find: "DO UPDATE SET ballot_n = excluded.ballot_n, ballot_proposer = excluded.ballot_proposer,",
        replace: "DO UPDATE SET",
      },
    ],
  },
  {
    name: "a closed log is read back as open",
    rule: "2: openFrom of the promised ballot",
    edits: [
      {
        find: "row.open_from ?? CLOSED",
        replace: "row.open_from ?? 1",
      },
    ],
  },
  {
    name: "a mark wipes the vote beside it",
    rule: "3: marks are kept apart from votes",
    edits: [
      {
        find: "DO UPDATE SET known_id = excluded.known_id,",
        replace: "DO UPDATE SET entry_id = NULL, known_id = excluded.known_id,",
      },
    ],
  },
  {
    name: "the chosen prefix is not stored",
    rule: "3: chosenUpTo is durable",
    edits: [
      {
        find: 'this.#sql.exec("UPDATE acceptor SET chosen_up_to = ?", write.slot);',
        replace: "",
      },
    ],
  },
  {
    name: "a retried request is applied twice",
    rule: "17: at most one effect",
    edits: [
      {
        find: "  if (seen) {",
        replace: "  if (seen && seen.slot === slot) {",
      },
    ],
    fast: true,
  },
  {
    name: "effects and applied index in two transactions",
    rule: "14: one transaction with appliedUpTo",
    edits: [
      {
        find: "      metaSave(sql, run.meta);\n      return run;",
        replace: "      return run;",
      },
      {
        find: "    draft.heads.commit();\n    return",
        replace: "    metaSave(sql, done.meta);\n    draft.heads.commit();\n    return",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "the applied index is not stored",
    rule: "14: one transaction with appliedUpTo",
    edits: [
      {
        find: "      metaSave(sql, run.meta);\n      return run;",
        replace: "      return run;",
      },
    ],
  },
  {
    name: "a command far from its birth has an effect",
    rule: "8: no effect if s > birth + B",
    edits: [
      {
        find: "return slot > command.birth + bound || command.birth > slot + bound;",
        replace: "return false;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a command born far ahead has an effect",
    rule: "8: no effect if birth > s + B",
    edits: [
      {
        find: " || command.birth > slot + bound;",
        replace: ";",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "an id is forgotten after B slots",
    rule: "8: an id is kept for 2B",
    edits: [
      {
        find: "id, slot - 2 * bound)",
        replace: "id, slot - bound)",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "an id is not kept longer when it is seen again",
    rule: "8: until the last slot where it was seen + 2B",
    edits: [
      {
        find: "    if (seen.slot !== slot) draft.requests.keep(command.id, slot, seen.kept, seen.print);\n",
        replace: "",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "the state depends on a learner's clock",
    rule: "9: deterministic",
    edits: [
      {
        find: "    entryId: id,\n",
        replace: "    entryId: `${id}${Math.floor(work.heardMs / 60_000)}`,\n",
      },
    ],
  },
  {
    name: "a snapshot older than the state is installed",
    rule: "6: never lowers anything",
    edits: [
      {
        find: "if (progress.slot <= now.applied) {",
        replace: "if (progress.slot < 0) {",
      },
      {
        find: "    if (head.meta.applied <= this.#meta.applied) return false;\n",
        replace: "",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a snapshot comes without the requests",
    rule: "17: at most one effect",
    edits: [
      {
        find: "        sql.exec(`INSERT INTO ${STAGE}${requestTableOf(slot, bound)} VALUES (?, ?, ?, ?)`, id, slot, result, print);",
        replace: "        void [id, slot, result, print, bound, requestTableOf];",
      },
    ],
    layers: ["small simulation"],
  },
];
