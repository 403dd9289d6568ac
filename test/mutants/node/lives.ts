import type { Mutant } from "../mutant.ts";

/** Who an acceptor is, and whose namespace it is. */
export const LIVES_MUTANTS: readonly Mutant[] = [
  {
    name: "a blank acceptor asks a stopped learner in vain",
    rule: "Levels: such a learner's namespace is in use",
    edits: [
      {
        find: 'if (answer.kind === "stopped") return true;',
        replace: 'if (answer.kind === "stopped") return undefined;',
      },
    ],
    layers: ["tests"],
  },
  {
    name: "an acceptor votes on an identity of a newer format",
    rule: "Levels: what a newer build stored is neither served nor changed",
    edits: [{ find: "stored.format > FORMAT", replace: "stored.format < FORMAT" }],
    layers: ["tests"],
  },
  {
    name: "a blank acceptor takes itself for new without asking",
    rule: "Lives: enrolment",
    edits: [{ find: 'if (told === "lost") this.#silence(', replace: 'if (told === "never") this.#silence(' }],
    layers: ["tests"],
  },
  {
    name: "one peer is enough to enrol",
    rule: "Lives: why k",
    edits: [
      { find: "return Math.ceil((members + (members - 1) / 2 - 1) / 2);", replace: "return Math.min(1, members - 1);" },
    ],
    layers: ["tests"],
  },
  {
    name: "a call of other lives is answered",
    rule: "Lives: one round counts with the same lives",
    edits: [{ find: "admitted: livesEqual(livesOf(after, self), called)", replace: "admitted: true" }],
    layers: ["tests"],
  },
  {
    name: "what the home learner repeats is ignored",
    rule: "Lives: older copies",
    edits: [{ find: "if (told === undefined || told.life < life) return false;", replace: "return false;" }],
    layers: ["tests"],
  },
  {
    name: "that a learner applied something is no evidence",
    rule: "Lives: learners are evidence",
    edits: [{ find: "return witnesses.includes(true) ?", replace: "return witnesses.includes(undefined as never) ?" }],
    layers: ["tests"],
  },
  {
    name: "a blank acceptor does not look at the register",
    rule: "Membership: the register",
    edits: [
      { find: 'if (registered.kind === "others") return registered.members;', replace: "" },
      {
        find: 'if (registered.kind === "others") return { told: "too-few", others: registered.members };\n  return { told: registered.kind === "same" ? "recorded" : "too-few" };',
        replace: 'return { told: "recorded" };',
      },
      { find: 'if (registered.kind === "others") this.#watch.heard(registered.members);', replace: "" },
    ],
    layers: ["tests"],
  },
];
