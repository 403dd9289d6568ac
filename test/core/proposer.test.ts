import { describe, expect, test } from "vitest";
import type { Ballot } from "../../src/core/ballot.ts";
import { InvariantViolation } from "../../src/core/invariant.ts";
import type { NackReason, Position } from "../../src/core/message.ts";
import { acceptVerdict, fastVerdict, prepareVerdict, type Reply } from "../../src/core/proposer.ts";
import { quorumsFor } from "../../src/core/quorum.ts";
import { Random } from "../random.ts";

const OLD = { n: 1, proposer: "p" };
const MINE = { n: 2, proposer: "p" };
const HIGHER = { n: 3, proposer: "q" };
const ROUND = { ballot: MINE, slot: 1, entryId: "X" };
const FIVE = quorumsFor(5);

function at(promised: Ballot): Position {
  return { promised, openFrom: 1, chosenUpTo: 0, firstSlot: 1 };
}

function voted(entryId: string, ballot: Ballot = MINE, slot = 1, voteKind: "classic" | "fast" = "fast"): Reply {
  return { kind: "voted", position: at(ballot), slot, ballot, voteKind, entryId };
}

function promised(ballot: Ballot): Reply {
  return { kind: "promised", position: at(ballot), ballot, votes: [], known: [] };
}

function nack(reason: NackReason, ballot: Ballot = HIGHER): Reply {
  return { kind: "nack", position: at(ballot), reason };
}

describe("only replies to this very round count", () => {
  test("promises for an old ballot are no promises", () => {
    const old = [promised(OLD), promised(OLD), promised(OLD)];
    expect(prepareVerdict(FIVE, MINE, [...old, undefined, undefined])).toEqual({ kind: "unreachable" });
    expect(prepareVerdict(FIVE, MINE, [...old, promised(MINE), promised(MINE)])).toEqual({ kind: "unreachable" });
  });

  test("votes at another ballot or in another slot are no votes", () => {
    const four = (vote: Reply) => [vote, vote, vote, vote, "lost" as const];
    for (const stray of [voted("X", OLD), voted("X", MINE, 2)]) {
      expect(fastVerdict(FIVE, ROUND, four(stray))).toEqual({ kind: "unreachable" });
      expect(acceptVerdict(FIVE, ROUND, four(stray))).toEqual({ kind: "unreachable" });
    }
  });

  test("another entry's vote in a classic round is a violation (7)", () => {
    expect(() => acceptVerdict(FIVE, ROUND, [voted("Y"), undefined])).toThrow(InvariantViolation);
  });
});

describe("a verdict is about what was said, not about the order it was said in", () => {
  const random = new Random(3);
  const chosen = (entryId?: string): Reply => ({ kind: "already-chosen", position: at(MINE), slot: 1, entryId });
  const fast = [voted("X"), voted("X"), voted("Y"), voted("Z"), nack("ballot"), nack("closed", MINE), nack("window")];
  const anyFast: readonly Reply[] = [...fast, "lost", undefined, chosen()];
  const anyClassic: readonly Reply[] = [voted("X"), nack("ballot"), nack("ballot", MINE), "lost", undefined, chosen()];
  const anyPromise: readonly Reply[] = [
    promised(MINE),
    promised(MINE),
    promised(OLD),
    nack("ballot"),
    "lost",
    undefined,
  ];

  function replies(any: readonly Reply[], decided: Reply | undefined): Reply[] {
    const five = Array.from({ length: 5 }, () => random.pick(any));
    // A slot is decided for one entry, whoever says so.
    return decided === undefined ? five : five.map((reply) => (random.integer(0, 4) === 0 ? decided : reply));
  }

  test("5,000 random rounds", () => {
    for (let run = 0; run < 5000; run++) {
      const decided = random.pick([undefined, undefined, chosen("X"), chosen("Y")]);
      const fastReplies = replies(anyFast, decided);
      expect(fastVerdict(FIVE, ROUND, random.shuffled(fastReplies))).toEqual(fastVerdict(FIVE, ROUND, fastReplies));
      const classicReplies = replies(anyClassic, decided);
      const verdict = acceptVerdict(FIVE, ROUND, classicReplies);
      expect(acceptVerdict(FIVE, ROUND, random.shuffled(classicReplies))).toEqual(verdict);
      const prepareReplies = replies(anyPromise, undefined);
      const shuffled = prepareVerdict(FIVE, MINE, random.shuffled(prepareReplies));
      expect(shuffled).toEqual(prepareVerdict(FIVE, MINE, prepareReplies));
    }
  });

  test("nothing is pending once every acceptor has answered or was given up on", () => {
    for (let run = 0; run < 2000; run++) {
      const over = (any: readonly Reply[]) => replies(any, undefined).map((reply) => reply ?? "lost");
      expect(fastVerdict(FIVE, ROUND, over(anyFast)).kind).not.toBe("pending");
      expect(acceptVerdict(FIVE, ROUND, over(anyClassic)).kind).not.toBe("pending");
      expect(prepareVerdict(FIVE, MINE, over(anyPromise)).kind).not.toBe("pending");
    }
  });
});
