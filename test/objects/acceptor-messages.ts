import { BALLOT_ZERO, type Ballot } from "../../src/core/ballot.ts";
import { CLOSED, type Entry, type Slot } from "../../src/core/log.ts";
import type { AcceptorRequest } from "../../src/core/message.ts";
import { entryEncode } from "../../src/wire/entry.ts";
import type { Random } from "../core/random.ts";
import { put } from "./namespace.ts";

const SLOTS = 6;

/** An entry whose body follows from its id, as entries with one id must be equal. */
export function entryNamed(id: string): Entry {
  return { id, body: entryEncode([{ id, birth: 1, op: put(id) }]) };
}

/** Any message that a correct sender could send, in any order. What slot s chose is `chosen-s`. */
export function messageAny(random: Random): AcceptorRequest {
  const n = random.integer(0, 5);
  const ballot = n === 0 ? BALLOT_ZERO : { n, proposer: random.pick(["p", "q"]) };
  const slot = random.integer(1, SLOTS);
  const entryId = `chosen-${slot}`;
  const entry = entryNamed(entryId);
  switch (random.integer(0, 10)) {
    case 0:
    case 1: {
      const leader = random.pick([undefined, "weur"]);
      return n === 0 ? { kind: "votes" } : { kind: "prepare", ballot, from: random.integer(1, 2), leader };
    }
    case 2:
    case 3:
    case 4:
      return classic(ballot, slot);
    case 5:
    case 6:
    case 7: {
      const id = random.pick(["X", "Y", entryId]);
      // Some slots lie beyond the window.
      const far = random.integer(0, 20) === 0 ? 5_000 : 0;
      return { kind: "fast-accept", ballot, openFrom: openFrom(ballot), slot: slot + far, entry: entryNamed(id) };
    }
    case 8:
      return { kind: "learn", chosen: [{ slot, entryId, entry: random.pick([entry, undefined]) }] };
    case 9:
      return { kind: "learn", chosen: [{ slot, entryId, entry }] };
    default:
      return random.integer(0, 4) === 0 ? { kind: "prefix", upTo: slot } : { kind: "votes" };
  }
}

/** The owner gives a slot one value, the same whenever it says it, and opens the log above. */
function classic(ballot: Ballot, slot: Slot): AcceptorRequest {
  const from = openFrom(ballot);
  if (slot >= from) return { kind: "open", ballot, from: from === CLOSED ? SLOTS : from };
  return { kind: "accept", ballot, slot, entry: entryNamed(`classic-${ballot.n}${ballot.proposer}-${slot}`) };
}

/** The slot from which on a ballot is open; its owner keeps to it. Ballot zero is open everywhere. */
function openFrom({ n }: Ballot): Slot {
  return n === 0 ? 1 : 1 + (n % SLOTS);
}
