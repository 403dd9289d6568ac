import { type Edit, type Mutant, unasserted } from "./mutant.ts";

const edit = (find: string, replace: string): Edit => ({ find, replace });

const NO_ASSERTION_3 = unasserted('invariant(ballotCompare(write.ballot, promised) >= 0, "3:');
const NO_ASSERTION_4 = unasserted('invariant(ballotCompare(promised, vote.ballot) === 0, "4:');
const NO_ASSERTION_14 = unasserted('invariant(slot > state.chosenUpTo, "14:');

const PREPARE_PROMISE = 'order === 0 ? [] : [{ kind: "promise", ballot, openFrom: CLOSED, leader }]';
const ACCEPT_PROMISE = 'order > 0 ? [{ kind: "promise", ballot, openFrom: CLOSED, leader }] : []';
const ACCEPT_NACK = 'if (order < 0) return nack(state, "ballot");\n  if (order === 0 && slot';
const FAST_NACK = 'if (ballotCompare(ballot, state.promised) < 0) return nack(state, "ballot");\n\n  const opened';

export const ACCEPTOR_MUTANTS: readonly Mutant[] = [
  {
    name: "forgotten promise",
    rule: "12: durable before visible",
    edits: [edit(PREPARE_PROMISE, "[]")],
    fast: true,
  },
  {
    name: "accept does not raise the promise",
    rule: "4: a vote at b leaves promised at b or above",
    edits: [edit(ACCEPT_PROMISE, "[]"), NO_ASSERTION_4],
    fast: true,
  },
  {
    name: "accept below the promise",
    rule: "accept: b < promised -> nack",
    edits: [edit(ACCEPT_NACK, "if (order === 0 && slot"), NO_ASSERTION_4],
  },
  {
    name: "fast accept below the promise",
    rule: "fastAccept: b < promised -> nack",
    edits: [edit(FAST_NACK, "const opened"), NO_ASSERTION_4],
  },
  {
    name: "prepare keeps the old openFrom",
    rule: "2: a hint is one indivisible pair; nack without openFrom",
    edits: [edit(PREPARE_PROMISE, PREPARE_PROMISE.replace("CLOSED", "state.openFrom"))],
    fast: true,
  },
  {
    name: "accept keeps the old openFrom",
    rule: "2: a hint is one indivisible pair; nack without openFrom",
    edits: [edit(ACCEPT_PROMISE, ACCEPT_PROMISE.replace("CLOSED", "state.openFrom"))],
  },
  {
    name: "an old ballot's open is taken for the promised one's",
    rule: "2: a hint is one indivisible pair",
    edits: [
      edit("if (order < 0 || from >= state.openFrom) return [];", "if (from >= state.openFrom) return [];"),
      edit(
        '{ kind: "promise", ballot, openFrom: from, leader: state.leader }',
        '{ kind: "promise", ballot: state.promised, openFrom: from, leader: state.leader }',
      ),
      edit(
        'if (ballotCompare(ballot, state.promised) < 0) return nack(state, "ballot");\n  const writes',
        "const writes",
      ),
    ],
  },
  {
    name: "nack tells the promise with the openFrom of the message",
    rule: "2: a hint is one indivisible pair; nack without openFrom",
    edits: [
      edit(
        FAST_NACK,
        'if (ballotCompare(ballot, state.promised) < 0) return { writes: [], reply: { kind: "nack", reason: "ballot", position: { ...position(state), openFrom } } };\n\n  const opened',
      ),
    ],
  },
  {
    name: "an open does not raise the promise",
    rule: "open: b > promised -> promised = b",
    edits: [edit('if (order > 0) return [{ kind: "promise", ballot, openFrom: from }];', "if (order > 0) return [];")],
  },
  {
    name: "openFrom rises within a ballot",
    rule: "2: equal ballots take the smaller openFrom",
    edits: [edit("from >= state.openFrom", "from === state.openFrom")],
  },
  {
    name: "second vote in one fast ballot",
    rule: "5: one vote per acceptor, ballot and slot",
    edits: [
      edit(
        "if (existing !== undefined && ballotCompare(existing.ballot, ballot) === 0) {\n    return voted(state, slot, existing, opened);\n  }",
        "",
      ),
    ],
    fast: true,
  },
  {
    name: "a fast writer is told its own entry was voted for",
    rule: "fastAccept: reply with the existing vote",
    edits: [
      edit(
        "return voted(state, slot, existing, opened);",
        'return voted(state, slot, { ballot, kind: "fast", entry }, opened);',
      ),
    ],
  },
  {
    name: "a fast vote where another ballot's stands is not cast",
    rule: "fastAccept: only a vote in the same ballot stands",
    edits: [
      edit(
        "if (existing !== undefined && ballotCompare(existing.ballot, ballot) === 0) {\n    return voted(state, slot, existing, opened);",
        "if (existing !== undefined) {\n    return voted(state, slot, { ...existing, ballot }, opened);",
      ),
    ],
  },
  {
    name: "a fast vote in a closed slot",
    rule: "fastAccept: slot < openFrom -> nack",
    edits: [edit('if (slot < position(state, opened).openFrom) return nack(state, "closed", opened);', "")],
  },
  {
    name: "a fast accept's open is not stored with its vote",
    rule: "4: a vote at b leaves promised at b or above",
    edits: [
      edit(
        'return cast(state, slot, { ballot, kind: "fast", entry }, opened);',
        'return cast(state, slot, { ballot, kind: "fast", entry }, []);',
      ),
      NO_ASSERTION_4,
    ],
  },
  {
    name: "no window",
    rule: "fastAccept: slot > chosenUpTo + WINDOW -> nack",
    edits: [edit('if (slot > state.chosenUpTo + windowSlots) return nack(state, "window", opened);', "")],
  },
  {
    name: "a classic value in an opened slot is voted for",
    rule: "accept: slot >= openFrom -> refuse and report",
    edits: [edit('if (order === 0 && slot >= state.openFrom) return nack(state, "owner-broke-word");', "")],
  },
  {
    name: "a classic vote is cast again at the same ballot",
    rule: "accept: votes[slot].ballot == b -> the existing vote",
    edits: [
      edit(
        "if (existing !== undefined && ballotCompare(existing.ballot, ballot) === 0) {\n    invariant(",
        "if (false) {\n    invariant(",
      ),
    ],
  },
  {
    name: "a promise is repeated after votes were cast in it",
    rule: "16: a promise's content is the votes at the instant of promising",
    edits: [edit('if (order === 0 && state.votedIn(ballot)) return nack(state, "promised-before");', "")],
  },
  {
    name: "a promise's content is read late",
    rule: "16: a promise's content is the votes at the instant of promising",
    edits: [
      edit('if (order < 0) return nack(state, "ballot");\n  // The same Prepare', "// The same Prepare"),
      edit(PREPARE_PROMISE, PREPARE_PROMISE.replace("order === 0", "order <= 0")),
    ],
  },
  {
    name: "a promise leaves out the first slot it was asked for",
    rule: "prepare: slots >= from",
    edits: [edit("undecided(state, from - 1)", "undecided(state, from)")],
  },
  {
    name: "a promise lowers the promise",
    rule: "3: promised never decreases",
    edits: [
      edit('if (order < 0) return nack(state, "ballot");\n  // The same Prepare', "// The same Prepare"),
      NO_ASSERTION_3,
    ],
  },
  {
    name: "compaction answers no vote",
    rule: '6: asked about a dropped slot, never "no vote"',
    edits: [edit("const dropped = slot < state.firstSlot;", "const dropped = false;"), NO_ASSERTION_14],
    fast: true,
  },
  {
    name: "a dropped prefix is not counted as chosen",
    rule: "prefix: chosenUpTo covers what was dropped",
    edits: [edit('writes.push({ kind: "chosen-up-to", slot: end });', ""), NO_ASSERTION_14],
  },
  {
    name: "known marks mixed with votes",
    rule: "3: known[slot] is kept apart from votes",
    edits: [
      edit(
        "if (marked !== undefined || slot > state.chosenUpTo) return marked;",
        "if (slot > state.chosenUpTo) return marked;",
      ),
      edit("return state.vote(slot)?.entry;", "return state.vote(slot)?.entry ?? marked;"),
    ],
    fast: true,
  },
  {
    name: "an acceptor takes its own vote for the chosen entry",
    rule: "a vote is never served as chosen unless its id equals the chosen one",
    edits: [edit("if (slot !== upTo + 1 || chosenEntry !== vote) writes.push(", "if (slot !== upTo + 1) writes.push(")],
  },
  {
    name: "the prefix advances over votes",
    rule: "chosen: chosenUpTo advances over slots whose entry id is known",
    edits: [
      edit(
        "while (marked.has(upTo + 1) || state.known(upTo + 1) !== undefined) upTo++;",
        "while (marked.has(upTo + 1) || state.vote(upTo + 1) !== undefined) upTo++;",
      ),
    ],
  },
  {
    name: "a marked slot above a hole is taken for the prefix",
    rule: "14: the prefix has no gap",
    edits: [
      edit(
        'if (upTo > state.chosenUpTo) writes.push({ kind: "chosen-up-to", slot: upTo });',
        'upTo = Math.max(upTo, ...marked.keys());\n  if (upTo > state.chosenUpTo) writes.push({ kind: "chosen-up-to", slot: upTo });',
      ),
      NO_ASSERTION_14,
    ],
  },
  {
    name: "a mark above the prefix is not stored where the vote agrees",
    rule: "known: a hole counts",
    edits: [
      edit("if (slot !== upTo + 1 || chosenEntry !== vote) writes.push(", "if (chosenEntry !== vote) writes.push("),
    ],
  },
  {
    name: "a slot known chosen is voted on",
    rule: "any message about a slot known chosen -> chosen; nothing is written",
    edits: [
      edit(
        "const decided = alreadyChosen(state, slot);\n  if (decided !== undefined) return decided;\n\n  const order",
        "const order",
      ),
    ],
  },
  {
    name: "a fast vote in a slot known chosen",
    rule: "any message about a slot known chosen -> chosen; nothing is written",
    edits: [
      edit(
        "const decided = alreadyChosen(state, slot);\n  if (decided !== undefined) return decided;\n  if (ballotCompare",
        "if (ballotCompare",
      ),
    ],
  },
  {
    name: "an acceptor tells no votes to readers",
    rule: "7: known and votes above chosenUpTo",
    edits: [edit("...undecided(state, 0) }", "votes: [], known: [] }")],
  },
];
