import { describe, expect, test } from "vitest";
import { BALLOT_ZERO, type Ballot, ballotCompare } from "../../src/core/ballot.ts";
import { InvariantViolation } from "../../src/core/invariant.ts";
import { CLOSED, type Entry, type Slot } from "../../src/core/log.ts";
import type { AcceptorReply, AcceptorRequest } from "../../src/core/message.ts";
import { Random } from "../random.ts";
import { MemoryAcceptor } from "./memory-acceptor.ts";

const RUNS = 100;
const MESSAGES = 60;
const SLOTS = 6;

function entry(id: string): Entry {
  return { id, body: new Uint8Array([id.length]) };
}

/** The slot from which on a ballot is open; its owner keeps to it. Ballot zero is open everywhere. */
function openFrom(ballot: Ballot): Slot {
  return ballot.n === 0 ? 1 : 1 + (ballot.n % SLOTS);
}

/** Any message that a correct sender could send, in any order. What slot s chose is `chosen-s`. */
function anyMessage(random: Random): AcceptorRequest {
  const n = random.integer(0, 5);
  const ballot = n === 0 ? BALLOT_ZERO : { n, proposer: random.pick(["p", "q"]) };
  const slot = random.integer(1, SLOTS);
  const chosen = { slot, entryId: `chosen-${slot}`, entry: entry(`chosen-${slot}`) };
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
      return n === 0 ? { kind: "votes" } : { kind: "prepare", ballot, from: 1 };
    case 2:
    case 3:
    case 4:
      // The owner gives a slot one value, the same whenever it says it.
      if (slot < openFrom(ballot)) {
        return { kind: "accept", ballot, slot, entry: entry(`classic-${n}${ballot.proposer}-${slot}`) };
      }
      return { kind: "open", ballot, from: openFrom(ballot) };
    case 5:
    case 6:
    case 7: {
      const id = random.pick(["X", "Y", `chosen-${slot}`]);
      return { kind: "fast-accept", ballot, openFrom: openFrom(ballot), slot, entry: entry(id) };
    }
    case 8:
      return { kind: "learn", chosen: [random.integer(0, 1) === 0 ? chosen : { ...chosen, entry: undefined }] };
    default:
      return random.integer(0, 5) === 0 ? { kind: "prefix", upTo: slot } : { kind: "learn", chosen: [chosen] };
  }
}

function messages(seed: number): AcceptorRequest[] {
  const random = new Random(seed);
  return Array.from({ length: MESSAGES }, () => anyMessage(random));
}

/** All of an acceptor's durable state. */
function stateOf({ promised, openFrom, chosenUpTo, firstSlot, leader, votes, marks }: MemoryAcceptor) {
  return { promised, openFrom, chosenUpTo, firstSlot, leader, votes: new Map(votes), marks: new Map(marks) };
}

describe("random messages, repeated and reordered", () => {
  test("a message delivered twice at once is answered twice the same, and changes nothing the second time", () => {
    const kinds = new Map<string, number>();
    for (let seed = 0; seed < RUNS; seed++) {
      const acceptor = new MemoryAcceptor();
      for (const message of messages(seed)) {
        const first = acceptor.deliver(message).reply;
        const before = stateOf(acceptor);
        const { writes, reply } = acceptor.deliver(message);
        expect(reply).toEqual(first);
        expect(writes).toEqual([]);
        expect(stateOf(acceptor)).toEqual(before);
        const name = reply.kind === "nack" ? `nack ${reply.reason}` : reply.kind;
        kinds.set(name, (kinds.get(name) ?? 0) + 1);
      }
    }
    // Each kind of answer was given sometimes, but for those that a slot far away or a broken owner gets.
    const nacks = ["nack ballot", "nack closed", "nack promised-before"];
    const answers = ["promised", "voted", "already-chosen", "opened", "learned", "votes", ...nacks];
    expect([...kinds.keys()].sort()).toEqual(answers.sort());
  });

  test("a message repeated later never changes a vote: one per ballot and slot, for ever (invariant 5)", () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const acceptor = new MemoryAcceptor();
      const random = new Random(seed);
      const cast = new Map<string, string>();
      for (const message of [...messages(seed), ...random.shuffled(messages(seed))]) {
        const { writes, reply } = acceptor.deliver(message);
        for (const write of writes) {
          if (write.kind !== "vote") continue;
          const place = `${write.slot} ${write.vote.ballot.n} ${write.vote.ballot.proposer}`;
          expect(cast.has(place)).toBe(false);
          cast.set(place, write.vote.entry.id);
        }
        if (reply.kind !== "voted") continue;
        expect(cast.get(`${reply.slot} ${reply.ballot.n} ${reply.ballot.proposer}`)).toBe(reply.entryId);
      }
    }
  });

  test("what was durable survives a crash at any point, and a crash changes no answer", () => {
    for (let seed = 0; seed < RUNS / 3; seed++) {
      const steady = new MemoryAcceptor();
      let crashing = new MemoryAcceptor();
      for (const message of messages(seed)) {
        crashing = crashing.restarted();
        expect(crashing.deliver(message).reply).toEqual(steady.deliver(message).reply);
      }
      expect(stateOf(crashing)).toEqual(stateOf(steady));
    }
  });

  test("promised, the prefix and the drop limit never go back; a vote is never above the promise (3, 4)", () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const acceptor = new MemoryAcceptor();
      for (const message of messages(seed)) {
        const before = stateOf(acceptor);
        acceptor.deliver(message);
        expect(ballotCompare(acceptor.promised, before.promised)).toBeGreaterThanOrEqual(0);
        if (ballotCompare(acceptor.promised, before.promised) === 0) {
          expect(acceptor.openFrom).toBeLessThanOrEqual(before.openFrom);
        }
        expect(acceptor.chosenUpTo).toBeGreaterThanOrEqual(before.chosenUpTo);
        expect(acceptor.firstSlot).toBeGreaterThanOrEqual(before.firstSlot);
        expect(acceptor.firstSlot).toBeLessThanOrEqual(acceptor.chosenUpTo + 1);
        for (const vote of acceptor.votes.values()) {
          expect(ballotCompare(vote.ballot, acceptor.promised)).toBeLessThanOrEqual(0);
        }
      }
    }
  });

  test("every reply says where the acceptor stands after it, and a report is whole (16)", () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const acceptor = new MemoryAcceptor();
      for (const message of messages(seed)) {
        const { reply } = acceptor.deliver(message);
        const { promised, openFrom, chosenUpTo, firstSlot, leader } = acceptor;
        expect(reply.position).toEqual({ promised, openFrom, chosenUpTo, firstSlot, leader });
        if (reply.kind === "promised" || reply.kind === "votes") expectWhole(acceptor, reply);
      }
    }
  });

  test("what is served as chosen is what was chosen, for every slot of the prefix that is not dropped", () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const acceptor = new MemoryAcceptor();
      for (const message of messages(seed)) acceptor.deliver(message);
      for (let slot = acceptor.firstSlot; slot <= acceptor.chosenUpTo; slot++) {
        const { reply } = acceptor.deliver({
          kind: "accept",
          ballot: { n: 99, proposer: "z" },
          slot,
          entry: entry("Z"),
        });
        expect(reply).toMatchObject({ kind: "already-chosen", slot, entryId: `chosen-${slot}` });
      }
    }
  });
});

function expectWhole(
  acceptor: MemoryAcceptor,
  { votes, known }: Extract<AcceptorReply, { readonly kind: "promised" | "votes" }>,
): void {
  const above = (slot: Slot) => slot > acceptor.chosenUpTo;
  const reported = new Map(votes.map((vote) => [vote.slot, vote.entryId]));
  const held = [...acceptor.votes]
    .filter(([slot]) => above(slot))
    .map(([slot, vote]) => [slot, vote.entry.id] as const);
  expect(reported).toEqual(new Map(held));
  const marks = [...acceptor.marks].filter(([slot]) => above(slot)).map(([slot, { id }]) => [slot, id] as const);
  expect(new Map(known.map((ref) => [ref.slot, ref.entryId]))).toEqual(new Map(marks));
}

describe("an acceptor stops at what the protocol rules out, and stores nothing of it", () => {
  const ballot = { n: 1, proposer: "p" };

  test("two classic values in one ballot and slot (7)", () => {
    const acceptor = new MemoryAcceptor();
    acceptor.deliver({ kind: "accept", ballot, slot: 1, entry: entry("X") });
    const before = stateOf(acceptor);
    const second: AcceptorRequest = { kind: "accept", ballot, slot: 1, entry: entry("Y") };
    expect(() => acceptor.deliver(second)).toThrow(InvariantViolation);
    expect(stateOf(acceptor)).toEqual(before);
  });

  test("two entries told chosen in one slot (1)", () => {
    const acceptor = new MemoryAcceptor();
    const told = (id: string): AcceptorRequest => ({
      kind: "learn",
      chosen: [{ slot: 1, entryId: id, entry: entry(id) }],
    });
    acceptor.deliver(told("X"));
    expect(() => acceptor.deliver(told("Y"))).toThrow(InvariantViolation);
  });

  test("a prefix with a slot that has no entry (14)", () => {
    const acceptor = new MemoryAcceptor();
    acceptor.apply([{ kind: "chosen-up-to", slot: 1 }]);
    const message: AcceptorRequest = { kind: "fast-accept", ballot, openFrom: 1, slot: 1, entry: entry("X") };
    expect(() => acceptor.deliver(message)).toThrow(InvariantViolation);
  });

  test("a body under another id is not taken for the chosen entry", () => {
    const acceptor = new MemoryAcceptor();
    const { reply } = acceptor.deliver({ kind: "learn", chosen: [{ slot: 1, entryId: "X", entry: entry("Y") }] });
    expect(reply).toMatchObject({ kind: "learned", missing: [1] });
    expect(acceptor.marks.size).toBe(0);
  });

  test("a fresh acceptor is closed in every ballot that it has only promised", () => {
    const acceptor = new MemoryAcceptor();
    acceptor.deliver({ kind: "prepare", ballot, from: 1 });
    expect(acceptor.openFrom).toBe(CLOSED);
  });
});
