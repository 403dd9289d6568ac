import { chosenByVotes } from "../../src/core/choose.ts";
import { InvariantViolation } from "../../src/core/invariant.ts";
import type { Slot, VoteRef } from "../../src/core/log.ts";
import type { Position, Voted } from "../../src/core/message.ts";
import { acceptVerdict, fastVerdict, type Reply } from "../../src/core/proposer.ts";
import { type Column, castIndex, voteParts } from "./column.ts";
import type { Violation } from "./step.ts";
import { slotsOf, type World } from "./world.ts";

/**
 * What all votes ever cast say: per slot, 1 + the entry chosen. Depends on the votes alone, so it is worked out once
 * for each way the votes can lie.
 *
 * Checks, against a definition of "chosen" of its own: 1, 7 and 8; and that nobody who counts votes is told anything
 * else: the proposer of a fast round, the owner of a classic one, and an acceptor that collects its peers' votes.
 */
export function votesCount(world: World, columns: readonly Column[]): readonly number[] | Violation {
  const chosen: number[] = [];
  try {
    for (const slot of slotsOf(world.config)) {
      const found = slotChosen(world, columns, slot);
      if (typeof found !== "number") return found;
      chosen.push(found);
      const wrong = tellersCheck(world, columns, slot, found) ?? collectorCheck(world, columns, slot, found);
      if (wrong !== undefined) return wrong;
    }
  } catch (error) {
    if (error instanceof InvariantViolation) return { outcome: true, rule: `asserted, ${error.message}` };
    throw error;
  }
  return chosen;
}

function slotChosen(world: World, columns: readonly Column[], slot: Slot): number | Violation {
  const { classic, fast } = world.chosenBy;
  let chosen = 0;
  for (let ballot = 0; ballot < world.ballots.length; ballot++) {
    const codes = columns.flatMap((column) => column.cast[castIndex(world, slot, ballot)] || []);
    const votes = codes.map(voteParts);
    if (votes.some((vote) => vote.classic !== votes[0]?.classic)) {
      return { outcome: false, rule: "8: one kind per ballot and slot" };
    }
    if (votes.some((vote) => vote.classic && vote.entry !== votes[0]?.entry)) {
      return { outcome: false, rule: "7: equal entries for all classic votes at one ballot and slot" };
    }
    for (const { entry } of votes) {
      const equal = votes.filter((vote) => vote.entry === entry);
      const enough = equal.length >= fast || (equal[0]?.classic === true && equal.length >= classic);
      if (!enough) continue;
      if (chosen !== 0 && chosen !== 1 + entry) {
        return { outcome: true, rule: "1: two entries are chosen in one slot" };
      }
      chosen = 1 + entry;
    }
  }
  return chosen;
}

/** 13, for those who count replies: every round so far, each with the votes its own replies can have carried. */
function tellersCheck(world: World, columns: readonly Column[], slot: Slot, chosen: number): Violation | undefined {
  for (let ballot = 0; ballot < world.ballots.length; ballot++) {
    const own = columns.map((column) => column.cast[castIndex(world, slot, ballot)] ?? 0);
    for (const entry of new Set(own.flatMap((code) => (code === 0 ? [] : [voteParts(code).entry])))) {
      const classic = own.some((code) => code !== 0 && voteParts(code).classic);
      // Where this ballot has no vote, the answer to a message of another ballot may come late and be taken for one.
      const stray = columns.map((column, index) => own[index] || latestCast(world, column, slot));
      for (const codes of [own, stray]) {
        const replies: Reply[] = codes.map((code) => (code === 0 ? undefined : votedReply(world, slot, code)));
        const round = {
          ballot: world.ballots[ballot] as Voted["ballot"],
          slot,
          entryId: world.entries[entry]?.id ?? "",
        };
        const count = classic ? acceptVerdict : fastVerdict;
        const verdict = count(world.quorums, round, replies);
        const truly = truth(own, entry, classic ? world.chosenBy.classic : world.chosenBy.fast);
        if (verdict.kind === "chosen" && (!truly || chosen !== 1 + entry)) return told;
        if (verdict.kind === "taken" && world.entries[chosen - 1]?.id !== verdict.entryId) return told;
        if (truly && codes === own && verdict.kind !== "chosen") return untold;
      }
    }
  }
  return undefined;
}

const told: Violation = { outcome: true, rule: "13: a proposer holds for chosen what is not" };
const untold: Violation = { outcome: true, rule: "a proposer with a quorum of votes does not see that it won" };

function truth(codes: readonly number[], entry: number, quorum: number): boolean {
  return codes.filter((code) => code !== 0 && voteParts(code).entry === entry).length >= quorum;
}

function latestCast(world: World, column: Column, slot: Slot): number {
  for (let ballot = world.ballots.length - 1; ballot >= 0; ballot--) {
    const code = column.cast[castIndex(world, slot, ballot)] ?? 0;
    if (code !== 0) return code;
  }
  return 0;
}

function votedReply(world: World, slot: Slot, code: number): Voted {
  const { ballot, entry, classic } = voteParts(code);
  const promised = world.ballots[ballot] as Voted["ballot"];
  const position: Position = { promised, openFrom: 1, chosenUpTo: 0, firstSlot: 1 };
  const voteKind = classic ? "classic" : "fast";
  return { kind: "voted", position, slot, ballot: promised, voteKind, entryId: world.entries[entry]?.id ?? "" };
}

function collectorCheck(world: World, columns: readonly Column[], slot: Slot, chosen: number): Violation | undefined {
  const votes = columns.flatMap((column): VoteRef[] => {
    const code = column.votes[slot - 1] ?? 0;
    if (code === 0) return [];
    const { ballot, entry, classic } = voteParts(code);
    const kind = classic ? "classic" : "fast";
    return [{ slot, ballot: world.ballots[ballot] as Voted["ballot"], kind, entryId: world.entries[entry]?.id ?? "" }];
  });
  const proven = chosenByVotes(world.quorums, votes);
  if (proven === undefined || world.entries[chosen - 1]?.id === proven) return undefined;
  return { outcome: true, rule: "13: collected votes are taken for a proof and are none" };
}
