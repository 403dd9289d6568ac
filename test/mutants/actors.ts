import type { Mutant } from "./mutant.ts";

/** Proposers, leaders, acceptors' alarms and learners. Most can only be seen in the whole system. */
export const ACTOR_MUTANTS: readonly Mutant[] = [
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
  {
    name: "a read does not wait for the slot of its plan",
    rule: "7: answers once appliedUpTo >= p-1",
    edits: [
      {
        find: "slot = Math.max(slot, plan.slot);",
        replace: "slot = Math.max(slot, 0);",
      },
    ],
    fast: true,
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
        find: "query, slot: plan.slot, waitMs",
        replace: "query, slot: 0, waitMs",
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
        find: "      this.#term = undefined;\n      const hint",
        replace: "      const hint",
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
        find: "if (answer.firstSlot > from && (await this.#ports.fetchSnapshot())) continue;",
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
    name: "a leader drops the commands of a failed round",
    rule: "5: never give up on a command because an outcome is unknown",
    layers: ["tests"],
    edits: [{ find: "this.#queue = [...batch, ...this.#queue];", replace: "" }],
  },
  {
    name: "learners do not compare digests",
    rule: "9: learners compare digests at equal slots",
    layers: ["tests"],
    edits: [
      {
        find: "appliedUpTo !== machine.appliedUpTo || digest === machine.digest",
        replace: "digest !== undefined",
      },
    ],
  },
];
