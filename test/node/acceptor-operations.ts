import type { Ballot } from "../../src/core/ballot.ts";
import { CLOSED, type Entry, type Slot } from "../../src/core/log.ts";
import type { AcceptorRequest } from "../../src/core/message.ts";
import type { Configuration } from "../../src/network/address.ts";
import type { AcceptorCall } from "../../src/node/rpc/call.ts";

/** Whole numbers in [0, bound), from a seed. */
export type Draw = (bound: number) => number;

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

export const CONFIGURATION: Configuration = {
  namespace: "conformance",
  epoch: 1,
  members: ["wnam", "enam", "weur", "apac", "oc"],
};
/** The acceptor under test is the one of this region. */
export const REGION = "enam";

const SLOTS = 7;
const BALLOTS: readonly Ballot[] = [
  { n: 0, proposer: "" },
  { n: 1, proposer: "a" },
  { n: 1, proposer: "b" },
  { n: 2, proposer: "a" },
  { n: 3, proposer: "c" },
  { n: 4, proposer: "b" },
];
/** From where each of them is open, as its owner says. */
const OPEN_FROM: readonly Slot[] = [1, CLOSED, 3, 5, CLOSED, 2];

/** A call that some proposer, learner or helper may send, in an order that none of them would choose. */
export function callDraw(draw: Draw): AcceptorCall {
  const dice = draw(20);
  if (dice === 0) return { kind: "log", configuration: CONFIGURATION, from: 1 + draw(SLOTS) };
  if (dice === 1) {
    const slot = 1 + draw(SLOTS);
    const refs = [entryChosen(slot), entryFast(slot, draw(3))].map(({ id }) => ({ slot, entryId: id }));
    return { kind: "bodies", configuration: CONFIGURATION, refs };
  }
  const requests = Array.from({ length: 1 + draw(3) }, () => requestDraw(draw));
  return { kind: "steps", configuration: CONFIGURATION, requests };
}

function requestDraw(draw: Draw): AcceptorRequest {
  const slot = 1 + draw(SLOTS);
  const index = draw(BALLOTS.length);
  const ballot = BALLOTS[index] ?? { n: 9, proposer: "z" };
  const openFrom = OPEN_FROM[index] ?? CLOSED;
  const leader = index % 2 === 0 ? undefined : "weur";
  switch (draw(11)) {
    case 0:
    case 1:
      return { kind: "prepare", ballot, from: 1 + draw(3), leader };
    case 2:
    case 3:
    case 4:
      return { kind: "accept", ballot, slot, entry: entryOf(`classic ${ballot.n}${ballot.proposer} ${slot}`), leader };
    case 5:
    case 6:
    case 7:
      return { kind: "fast-accept", ballot, openFrom, slot, entry: entryFast(slot, draw(3)) };
    case 8:
      return { kind: "open", ballot, from: openFrom };
    case 9:
      return { kind: "learn", chosen: learnDraw(draw) };
    default:
      return draw(8) === 0 ? { kind: "prefix", upTo: draw(4) } : { kind: "votes" };
  }
}

function learnDraw(draw: Draw) {
  return Array.from({ length: 1 + draw(3) }, () => {
    const slot = 1 + draw(SLOTS);
    const entry = entryChosen(slot);
    return { slot, entryId: entry.id, entry: draw(2) === 0 ? entry : undefined };
  });
}

/** What each slot is chosen with: one of those that fast votes are cast for. */
function entryChosen(slot: Slot): Entry {
  return entryFast(slot, 0);
}

function entryFast(slot: Slot, which: number): Entry {
  return entryOf(`fast ${slot} ${which}`);
}

function entryOf(id: string): Entry {
  return { id, body: new TextEncoder().encode(`the body of ${id}`) };
}
