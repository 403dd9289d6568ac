import { type Edit, type Mutant, unasserted } from "./mutant.ts";

const edit = (find: string, replace: string): Edit => ({ find, replace });

const KEYED = "votes.map((vote) => ({ ...vote, entryId: `${vote.ballot.n}.${vote.ballot.proposer} ${vote.entryId}` }))";

/** Reads, quorums, ballots and the learner's buffer. */
export const READER_MUTANTS: readonly Mutant[] = [
  {
    name: "a read ignores a lone classic vote",
    rule: "7: a lone classic vote may not be ignored",
    edits: [
      edit(
        "Math.max(1, quorums.classic + heard - quorums.members)",
        "Math.max(2, quorums.classic + heard - quorums.members)",
      ),
    ],
    fast: true,
  },
  {
    name: "a read asks for one classic vote too many",
    rule: "7: possiblyChosen, classic votes",
    edits: [edit("quorums.classic + heard - quorums.members", "quorums.classic + heard - quorums.members + 1")],
  },
  {
    name: "a read asks for one vote of any kind too many",
    rule: "7: possiblyChosen, votes of any kind",
    edits: [edit("quorums.fast + heard - quorums.members", "quorums.fast + heard - quorums.members + 1")],
  },
  {
    name: "a read tallies per ballot",
    rule: "7: votes are counted per entry, over all ballots",
    edits: [edit("for (const count of tally(votes).values())", `for (const count of tally(${KEYED}).values())`)],
    fast: true,
  },
  {
    name: "R too small",
    rule: "11: R + QC > N, R + F > N",
    edits: [
      edit(
        "members: 3, phase1: 2, classic: 2, fast: 3, read: 2",
        "members: 3, phase1: 2, classic: 2, fast: 3, read: 1",
      ),
      edit(
        "members: 5, phase1: 3, classic: 3, fast: 4, read: 3",
        "members: 5, phase1: 3, classic: 3, fast: 4, read: 2",
      ),
      unasserted("invariant(read + classic > members,"),
      unasserted("invariant(read + fast > members,"),
    ],
    fast: true,
  },
  {
    name: "F a majority",
    rule: "11: Q1 + 2F > 2N",
    edits: [
      edit(
        "members: 3, phase1: 2, classic: 2, fast: 3, read: 2",
        "members: 3, phase1: 2, classic: 2, fast: 2, read: 2",
      ),
      edit(
        "members: 5, phase1: 3, classic: 3, fast: 4, read: 3",
        "members: 5, phase1: 3, classic: 3, fast: 3, read: 3",
      ),
      unasserted("invariant(phase1 + 2 * fast > 2 * members,"),
    ],
  },
  {
    name: "Q1 a minority",
    rule: "11: Q1 + QC > N",
    edits: [
      edit(
        "members: 3, phase1: 2, classic: 2, fast: 3, read: 2",
        "members: 3, phase1: 1, classic: 2, fast: 3, read: 2",
      ),
      unasserted("invariant(phase1 + classic > members,"),
      unasserted("invariant(phase1 + 2 * fast > 2 * members,"),
    ],
  },
  {
    name: "a wrong row in the table of quorums",
    rule: "11: checked when a configuration is loaded",
    edits: [
      edit(
        "members: 5, phase1: 3, classic: 3, fast: 4, read: 3",
        "members: 5, phase1: 2, classic: 3, fast: 4, read: 3",
      ),
    ],
  },
  {
    name: "a read does not hear what the repliers know chosen",
    rule: "7: C = max(chosenUpTo of the replies, ...)",
    edits: [edit("Math.max(appliedUpTo, ...replies.map((reply) => reply.position.chosenUpTo))", "appliedUpTo")],
  },
  {
    name: "a read starts from the shortest prefix",
    rule: "7: C = max(chosenUpTo of the replies, ...)",
    edits: [
      edit(
        "Math.max(appliedUpTo, ...replies.map((reply) => reply.position.chosenUpTo))",
        "Math.min(...replies.map((reply) => reply.position.chosenUpTo))",
      ),
    ],
  },
  {
    name: "a read stops at a slot that is only known by a mark",
    rule: "7: possiblyChosen: known chosen, or",
    edits: [edit("known.has(slot + 1) || ", "")],
  },
  {
    name: "a read takes what could be chosen for proven",
    rule: "7: slots that the replies do not already prove chosen",
    edits: [edit("if (provenUpTo === slot - 1 && known.has(slot)) provenUpTo = slot;", "provenUpTo = slot;")],
  },
  {
    name: "a read takes a mark above a hole for a proven prefix",
    rule: "7: slots that the replies do not already prove chosen",
    edits: [
      edit(
        "if (provenUpTo === slot - 1 && known.has(slot)) provenUpTo = slot;",
        "if (known.has(slot)) provenUpTo = slot;",
      ),
    ],
  },
  {
    name: "ballots are ordered by n alone",
    rule: "2: ordered by n, then proposer",
    edits: [edit("return a.proposer < b.proposer ? -1 : 1;", "return 0;")],
  },
  {
    name: "ballots are equal by n alone",
    rule: "2: a ballot is never reused",
    edits: [edit("return a.n === b.n && a.proposer === b.proposer;", "return a.n === b.n;")],
  },
  {
    name: "ballot reuse after restart",
    rule: "2: proposer is fresh for every attempt",
    edits: [edit("return { n: seen.n + 1, proposer };", "return { n: seen.n + 1, proposer: proposer.slice(1) };")],
  },
  {
    name: "a learner skips a gap",
    rule: "6: strictly in slot order",
    edits: [
      edit("const next = this.#entries.get(appliedUpTo + 1);", "const next = this.#entries.values().next().value;"),
    ],
  },
  {
    name: "a full learner turns away what fills its gap",
    rule: "6: a gap is fetched",
    edits: [
      edit(
        "while (this.#isFullFor(entry)) if (!this.#makeRoom(slot)) return false;",
        "if (this.#isFullFor(entry)) return false;",
      ),
    ],
  },
];
