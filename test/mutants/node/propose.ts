import type { Mutant } from "../mutant.ts";

/** Writers, from the first attempt to the acknowledged result. */
export const PROPOSE_MUTANTS: readonly Mutant[] = [
  {
    name: "a learner proposes what the namespace has not reached",
    rule: "levels: an operation above the level is never proposed",
    edits: [
      {
        find: "if (!this.#ports.isReached(draft.op))",
        replace: 'if (!this.#ports.isReached(draft.op) && draft.id === "")',
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a fast vote is repeated with an openFrom of its own",
    rule: "6: helps only with that openFrom",
    edits: [
      {
        find: "openFrom: at.openFrom });",
        replace: "openFrom: 1 });",
      },
    ],
  },
  {
    name: "a recovery does not open the log again",
    rule: "5: every recovery that does not lead ends in an open",
    edits: [
      {
        find: "lead === undefined ? this.reopen(ballot, nextSlot) :",
        replace: "lead === undefined ? { ballot, openFrom: CLOSED } :",
      },
    ],
  },
  {
    name: "a recovery opens the log at its last slot",
    rule: "10: open only over slots never given a classic value",
    edits: [
      {
        find: "lead === undefined ? this.reopen(ballot, nextSlot) :",
        replace: "lead === undefined ? this.reopen(ballot, nextSlot - 1) :",
      },
    ],
  },
  {
    name: "a recovery goes on before its slots are chosen",
    rule: "13: told chosen => chosen",
    edits: [
      {
        find: 'return { all: verdicts.every((one) => one.kind === "chosen") };',
        replace: 'return { all: verdicts.some((one) => one.kind === "chosen") };',
      },
      {
        find: '        if (verdicts.some((one) => one.kind === "pending")) return undefined;\n',
        replace: '        if (verdicts.every((one) => one.kind === "pending")) return undefined;\n',
      },
    ],
  },
  {
    name: "a ballot is its region's",
    rule: "2: proposer is fresh for every attempt",
    edits: [
      {
        find: "ballotAbove(this.#seen, this.context.host.freshId())",
        replace: "ballotAbove(this.#seen, this.context.parts.region)",
      },
    ],
    fast: true,
  },
  {
    name: "a recovery goes above no ballot it heard of",
    rule: "5: 1 + highest n ever seen",
    edits: [
      {
        find: "ballotAbove(this.#seen, this.context.host.freshId())",
        replace: "ballotAbove(BALLOT_ZERO, this.context.host.freshId())",
      },
    ],
  },
  {
    name: "an entry's id is its request's",
    rule: "2: 128 fresh bits for every construction",
    edits: [
      {
        find: "entry: { id: this.#host.freshId(), body",
        replace: 'entry: { id: drafts[0]?.id ?? "", body',
      },
    ],
  },
  {
    name: "a writer pairs a new ballot with its old openFrom",
    rule: "2: a hint is one indivisible pair",
    edits: [
      {
        find: "        attempt.hint = hintOf(position);",
        replace: "        attempt.hint = { ...hintOf(position), openFrom: attempt.hint.openFrom };",
      },
    ],
  },
  {
    name: "an unknown outcome is told as none",
    rule: "8: outcome unknown",
    edits: [
      {
        find: 'attempt.mayBeVoted ? "outcome-unknown"',
        replace: 'attempt.deadlineAt < 0 ? "outcome-unknown"',
      },
    ],
  },
  {
    name: "what a silent learner was asked counts as not done",
    rule: "8: outcome unknown",
    edits: [
      {
        find: 'return isAsked && outcome.kind === "no-quorum" ?',
        replace: 'return deadlineAt < 0 && outcome.kind !== "applied" ?',
      },
    ],
    layers: ["tests"],
  },
  {
    name: "whoever shares a call gets the first one's answer",
    rule: "17: the result of a request is its own",
    edits: [
      {
        find: "return joined.answers?.[index];",
        replace: "return joined.answers?.[index * 0];",
      },
    ],
  },
  {
    name: "whoever shares an entry gets the first one's result",
    rule: "17: the result of a request is its own",
    edits: [{ find: "batch[index]?.answer(", replace: "void index, batch[0]?.answer(" }],
  },
  {
    name: "acknowledges before the slots below are applied",
    rule: "18: acknowledged => every slot up to it chosen",
    edits: [
      {
        find: "    if (!(await replica.reached(slot - 1, waitMs))) return undefined;\n",
        replace: "    void waitMs;\n",
      },
      {
        find: "replica.machine.preview(slot, {",
        replace: "replica.machine.preview(replica.appliedUpTo + 1, {",
      },
    ],
  },
  {
    name: "a settled write is answered before it is applied",
    rule: "18: acknowledged => every slot up to it chosen",
    edits: [
      {
        find: "    if (!(await replica.reached(slot, waitMs))) return undefined;\n",
        replace: "    void waitMs;\n",
      },
    ],
  },
];
