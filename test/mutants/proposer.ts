import { type Edit, type Mutant, unasserted } from "./mutant.ts";

const edit = (find: string, replace: string): Edit => ({ find, replace });

const NO_ASSERTION_7 = unasserted("invariant(\n      highest.every((vote) => vote.entryId");
const NO_ASSERTION_8 = unasserted("invariant(\n    highest.every((vote) => vote.kind");

export const PROPOSER_MUTANTS: readonly Mutant[] = [
  {
    name: "any fast vote wins",
    rule: "4: the plurality at the highest ballot",
    edits: [edit("plurality(highest) };", "first.entryId };")],
    fast: true,
  },
  {
    name: "the fewest fast votes win",
    rule: "4: the plurality at the highest ballot",
    edits: [edit("count > bestCount ||", 'best === "" || count < bestCount ||')],
  },
  {
    name: "split fast votes are nobody's",
    rule: "4: a possibly chosen entry has F+q-N votes",
    edits: [
      edit(
        'return { kind: "value", entryId: plurality(highest) };',
        'if (tally(highest).size > 1) return { kind: "free" };\n  return { kind: "value", entryId: plurality(highest) };',
      ),
    ],
  },
  {
    name: "fast votes that are no quorum are nobody's",
    rule: "4: a possibly chosen entry has F+q-N votes",
    edits: [
      edit(
        'return { kind: "value", entryId: plurality(highest) };',
        'if (highest.length < quorums.fast) return { kind: "free" };\n  return { kind: "value", entryId: plurality(highest) };',
      ),
    ],
  },
  {
    name: "own value always",
    rule: "4: what may have been chosen must be finished",
    edits: [
      edit('if (first === undefined) return { kind: "free" };', 'if (first?.kind !== "none") return { kind: "free" };'),
    ],
  },
  {
    name: "minority classic vote ignored",
    rule: "4: k classic in s -> that entry",
    edits: [
      edit(
        'return { kind: "value", entryId: first.entryId };',
        'return highest.length < quorums.classic ? { kind: "free" } : { kind: "value", entryId: first.entryId };',
      ),
    ],
    fast: true,
  },
  {
    name: "votes of lower ballots counted",
    rule: "4: only votes at k count",
    edits: [
      edit(
        "if (order > 0) highest = [vote];\n    else if (order === 0) highest.push(vote);",
        "void order;\n    highest.push(vote);",
      ),
      { ...NO_ASSERTION_7 },
      { ...NO_ASSERTION_8 },
    ],
  },
  {
    name: "the lowest ballot voted in counts",
    rule: "4: k = highest ballot voted in s",
    edits: [edit("ballotCompare(vote.ballot, highest[0].ballot)", "ballotCompare(highest[0].ballot, vote.ballot)")],
  },
  {
    name: "a known chosen entry in a promise is overlooked",
    rule: "4: known chosen by anyone in Q -> that entry",
    edits: [edit("if (chosen !== undefined) return", 'if (chosen === "") return')],
  },
  {
    name: "collected votes are counted over all ballots",
    rule: "4: chosen when, in one ballot",
    edits: [
      edit(
        "one.entryId === vote.entryId && ballotCompare(one.ballot, vote.ballot) === 0",
        "one.entryId === vote.entryId",
      ),
    ],
  },
  {
    name: "a majority of fast votes proves an entry chosen",
    rule: "1: the fast quorum",
    edits: [edit("one.any >= quorums.fast", "one.any >= quorums.classic")],
  },
  {
    name: "majority as fast quorum",
    rule: "1: the fast quorum",
    edits: [edit("if (count >= quorums.fast) return decided", "if (count >= quorums.classic) return decided")],
    fast: true,
  },
  {
    name: "votes for any entry count as votes for mine",
    rule: "5: F votes for mine -> chosen",
    edits: [
      edit(
        "if (count >= quorums.fast) return decided(round.entryId, entryId);",
        "if (votes.length >= quorums.fast && count > 0) return decided(round.entryId, entryId);",
      ),
    ],
  },
  {
    name: "votes of another ballot counted",
    rule: "4: chosen when, in one ballot",
    edits: [edit("vote.slot === round.slot && ballotEqual(vote.ballot, round.ballot)", "vote.slot === round.slot")],
  },
  {
    name: "promise for an old ballot counted",
    rule: "4: promises for exactly this ballot",
    edits: [edit('reply.kind === "promised" && ballotEqual(reply.ballot, ballot)', 'reply.kind === "promised"')],
    fast: true,
  },
  {
    name: "one promise too few",
    rule: "11: Q1 + QC > N",
    edits: [
      edit("if (promises.length >= quorums.phase1) return {", "if (promises.length + 1 >= quorums.phase1) return {"),
      unasserted("invariant(promises.length >= quorums.phase1,"),
    ],
  },
  {
    name: "one classic vote too few",
    rule: "4: QC acceptors hold a classic vote",
    edits: [edit("if (votes >= quorums.classic) return", "if (votes + 1 >= quorums.classic) return")],
  },
  {
    name: "one classic vote too many asked for",
    rule: "4: QC acceptors hold a classic vote",
    edits: [edit("if (votes >= quorums.classic) return", "if (votes > quorums.classic) return")],
  },
  {
    name: "a fast round waits for nobody",
    rule: "5: no entry can reach F any more -> collision",
    edits: [edit('if (mine + outstanding >= quorums.fast) return { kind: "pending" };', "")],
  },
  {
    name: "a nack at the own ballot is pre-emption",
    rule: "5: nack(promised == own b) is not pre-emption",
    edits: [
      edit(
        "return ballotCompare(reply.position.promised, ballot) > 0;",
        "return ballotCompare(reply.position.promised, ballot) >= 0;",
      ),
    ],
  },
  {
    name: "m without c",
    rule: "5: m = max(c, highest slot reported in Q, upTo)",
    edits: [
      edit("Math.max(wants.from - 1, ...promises.map((promise) => promise.position.chosenUpTo))", "wants.from - 1"),
    ],
    fast: true,
  },
  {
    name: "c without the own prefix",
    rule: "5: c = max(from-1, every chosenUpTo in Q)",
    edits: [edit("Math.max(wants.from - 1, ...promises", "Math.max(0, ...promises")],
  },
  {
    name: "recovery without upTo",
    rule: "5: m = max(c, highest slot reported in Q, upTo)",
    edits: [edit("Math.max(chosenUpTo, wants.upTo, ...", "Math.max(chosenUpTo, ...")],
  },
  {
    name: "highest slot reported forgotten",
    rule: "5: m = max(c, highest slot reported in Q, upTo)",
    edits: [
      edit(
        "Math.max(chosenUpTo, wants.upTo, ...bySlot.flatMap((slots) => [...slots.keys()]))",
        "Math.max(chosenUpTo, wants.upTo)",
      ),
    ],
  },
  {
    name: "own command over the highest slot reported",
    rule: "5: own command at m+1",
    edits: [
      edit(
        'else slots.push({ kind: "own", slot: top + 1 });',
        'else slots.push({ kind: "own", slot: Math.max(1, top) });',
      ),
    ],
  },
  {
    name: "own command in a slot that is not free",
    rule: "5: own command only where selection is free",
    edits: [
      edit('const free = slots.findIndex((plan) => plan.kind === "noop");', "const free = slots.length > 0 ? 0 : -1;"),
    ],
  },
  {
    name: "own command placed twice",
    rule: "5: own command if still pending",
    edits: [edit('!slots.some((plan) => "entryId" in plan && plan.entryId === wants.own)', "true")],
  },
  {
    name: "open at a slot that got a classic value",
    rule: "10: open only above every slot given a classic value",
    edits: [edit("openFrom: chosenUpTo + slots.length + 1 }", "openFrom: chosenUpTo + slots.length }")],
    fast: true,
  },
  {
    name: "open on a slot that is not free",
    rule: "10: open only over slots free in phase 1",
    edits: [
      edit(
        "const top = Math.max(chosenUpTo, wants.upTo, ...bySlot",
        "const top = Math.max(chosenUpTo, wants.upTo, ...bySlot.slice(1)",
      ),
    ],
  },
  {
    name: "holes are left between slots",
    rule: "5: no hole is left behind",
    edits: [
      edit(
        'slots.push(selection.kind === "free" ? { kind: "noop", slot } : { ...selection, slot });',
        'if (selection.kind !== "free") slots.push({ ...selection, slot });',
      ),
    ],
  },
  {
    name: "marks in a promise are dropped",
    rule: "4: known chosen by anyone in Q -> that entry",
    edits: [edit("for (const chosen of promise.known) put(chosen, { chosen: chosen.entryId });", "")],
  },
];
