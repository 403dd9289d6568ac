import { describe, expect, test } from "vitest";
import { chosenByVotes, type SlotPromise, select, tally } from "../../src/core/choose.ts";
import { InvariantViolation } from "../../src/core/invariant.ts";
import type { VoteKind, VoteRef } from "../../src/core/log.ts";
import { type Quorums, quorumsFor } from "../../src/core/quorum.ts";
import { Random } from "../random.ts";

/** One entry, or none, per acceptor: the votes of one open ballot in one slot. */
type Split = readonly (string | undefined)[];

const ENTRIES = [undefined, "X", "Y", "Z"];

function vote(entryId: string, n = 0, kind: VoteKind = "fast"): VoteRef {
  return { slot: 1, ballot: { n, proposer: n === 0 ? "" : "p" }, kind, entryId };
}

function promise(entryId: string | undefined): SlotPromise {
  return entryId === undefined ? {} : { vote: vote(entryId) };
}

/** The entries that the strict threshold forces: those that a fast quorum may have voted for. */
function forced(quorums: Quorums, heard: Split): string[] {
  const enough = quorums.fast + heard.length - quorums.members;
  const counts = tally(heard.flatMap((entryId) => (entryId === undefined ? [] : [{ entryId }])));
  return [...counts].filter(([, count]) => count >= enough).map(([entryId]) => entryId);
}

function everySplit(members: number): Split[] {
  let splits: Split[] = [[]];
  for (let i = 0; i < members; i++) splits = splits.flatMap((split) => ENTRIES.map((entry) => [...split, entry]));
  return splits;
}

function everySubset(members: number, least: number): number[][] {
  const subsets: number[][] = [];
  for (let bits = 0; bits < 2 ** members; bits++) {
    const subset = Array.from({ length: members }, (_, index) => index).filter((index) => (bits >> index) & 1);
    if (subset.length >= least) subsets.push(subset);
  }
  return subsets;
}

function check(quorums: Quorums, split: Split, subset: readonly number[]): number {
  const heard = subset.map((index) => split[index]);
  const selected = select(quorums, heard.map(promise));
  const must = forced(quorums, heard);
  const chosen = chosenByVotes(
    quorums,
    split.filter((entry) => entry !== undefined).map((entry) => vote(entry)),
  );
  if (must.length > 1) throw new Error(`two entries forced by ${heard.join()}`);
  if (must.length === 1) expect(selected).toEqual({ kind: "value", entryId: must[0] });
  if (chosen !== undefined) expect(selected).toEqual({ kind: "value", entryId: chosen });
  if (heard.every((entry) => entry === undefined)) expect(selected).toEqual({ kind: "free" });
  return must.length;
}

describe("plurality agrees with the threshold form wherever that forces an entry, and finds every chosen one", () => {
  test.each([3, 5])("%i acceptors, every split and every quorum", (members) => {
    const quorums = quorumsFor(members);
    const subsets = everySubset(members, quorums.phase1);
    let forcedSometimes = 0;
    for (const split of everySplit(members)) {
      for (const subset of subsets) forcedSometimes += check(quorums, split, subset);
    }
    expect(forcedSometimes).toBeGreaterThan(0);
  });

  test("7 acceptors, 20,000 random splits and quorums", () => {
    const quorums = quorumsFor(7);
    const random = new Random(7);
    const subsets = everySubset(7, quorums.phase1);
    let forcedSometimes = 0;
    for (let run = 0; run < 20_000; run++) {
      const popular = random.integer(0, 9);
      const split = Array.from({ length: 7 }, () => (random.integer(0, 9) < popular ? "X" : random.pick(ENTRIES)));
      forcedSometimes += check(quorums, split, random.pick(subsets));
    }
    expect(forcedSometimes).toBeGreaterThan(1000);
  });
});

describe("selection stops at what the protocol rules out", () => {
  const quorums = quorumsFor(3);

  test("fewer promises than a phase 1 quorum", () => {
    expect(() => select(quorums, [{}])).toThrow(InvariantViolation);
  });

  test("both kinds in one ballot and slot, in either order (invariant 8)", () => {
    const fast = { vote: vote("X", 1, "fast") };
    const classic = { vote: vote("X", 1, "classic") };
    expect(() => select(quorums, [fast, classic])).toThrow(InvariantViolation);
    expect(() => select(quorums, [classic, fast])).toThrow(InvariantViolation);
  });

  test("two classic values in one ballot and slot (invariant 7)", () => {
    const values = [{ vote: vote("X", 1, "classic") }, { vote: vote("Y", 1, "classic") }];
    expect(() => select(quorums, values)).toThrow(InvariantViolation);
  });

  test("the order of the promises means nothing", () => {
    const random = new Random(1);
    const five = quorumsFor(5);
    for (let run = 0; run < 500; run++) {
      const promises = Array.from({ length: random.integer(3, 5) }, (): SlotPromise => {
        const n = random.integer(0, 2);
        const entryId = random.pick(ENTRIES);
        // Ballot 1 is classic here, and has one value.
        return entryId === undefined ? {} : { vote: n === 1 ? vote("C", 1, "classic") : vote(entryId, n) };
      });
      const selected = select(five, promises);
      expect(select(five, random.shuffled(promises))).toEqual(selected);
    }
  });
});
