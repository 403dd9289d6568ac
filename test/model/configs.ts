import type { Config } from "./config.ts";

/** With the number of states it has: when that changes, the protocol did, or this model, and somebody should know why. */
export interface PinnedConfig extends Config {
  readonly states: number;
  /** Rare things that must happen in it. */
  readonly sometimes: readonly string[];
}

/** So many acceptors, slots, clients, and ballots whose owners may want anything. */
function sized(members: Config["members"], slots: Config["slots"], clients: number, ballots: number) {
  const attempts = ["p", "q", "r", "s"].slice(0, ballots).map((own) => ({ own, finish: true, reopen: true }));
  return { members, slots, clients: ["x", "y", "z"].slice(0, clients), attempts };
}

const FAST = ["forced fast value", "plurality kept a command", "noop over a live command", "open used"];
const TWICE = [...FAST, "recovery of a recovery", "fast votes of a reopened slot recovered"];
const SPLIT = "2-2-1 split recovered";
const LEARNED = "learned prefix used by a recovery";
const KNOWN = "prepared from a known prefix";
const UNFINISHED = "read had to finish a slot";
const AGAIN = "recovery of a recovery";

/** Small enough for every run of the tests. */
export const QUICK: readonly PinnedConfig[] = [
  {
    name: "N=3, 1 ballot, learning, dropping",
    ...sized(3, 1, 2, 1),
    // The command of a client that lost patience with its fast round.
    attempts: [{ own: "x", finish: true, reopen: true }],
    learn: true,
    prefix: true,
    states: 2_789,
    sometimes: [...FAST, LEARNED],
  },
  { name: "N=3, 2 ballots", ...sized(3, 1, 2, 2), states: 8_492, sometimes: TWICE },
  { name: "N=3, 2 ballots, one process", ...sized(3, 1, 2, 2), oneProcess: true, states: 27_584, sometimes: TWICE },
  { name: "N=5, 1 ballot", ...sized(5, 1, 3, 1), states: 13_830, sometimes: [...FAST, SPLIT] },
  {
    name: "N=3, 1 ballot, learning, reader",
    ...sized(3, 1, 2, 1),
    learn: true,
    reader: true,
    states: 13_681,
    sometimes: [...FAST, LEARNED, UNFINISHED],
  },
  {
    name: "N=5, 1 ballot, reader",
    ...sized(5, 1, 2, 1),
    reader: true,
    states: 36_285,
    sometimes: [...FAST, UNFINISHED],
  },
  {
    name: "N=3, 2 ballots, reader",
    ...sized(3, 1, 2, 2),
    reader: true,
    states: 46_597,
    sometimes: [...TWICE, UNFINISHED],
  },
  {
    name: "2 slots, N=3, no ballot, learning, reader",
    ...sized(3, 2, 1, 0),
    learn: true,
    reader: true,
    states: 3_315,
    sometimes: [UNFINISHED],
  },
  {
    name: "2 slots, N=3, 1 ballot, learning, leading",
    ...sized(3, 2, 1, 1),
    learn: true,
    lead: true,
    states: 115_088,
    sometimes: [...FAST, LEARNED, KNOWN],
  },
  // One leader takes the log over from another.
  { name: "2 slots, N=3, 2 leaders", ...sized(3, 2, 0, 2), lead: true, states: 20_168, sometimes: [AGAIN] },
  { name: "N=3, 3 ballots", ...sized(3, 1, 2, 3), states: 184_190, sometimes: TWICE },
];

/** Minutes and gigabytes; run now and then. */
export const DEEP: readonly PinnedConfig[] = [
  { name: "N=7, 1 ballot", ...sized(7, 1, 3, 1), states: 163_642, sometimes: [...FAST, SPLIT] },
  { name: "N=5, 2 ballots", ...sized(5, 1, 2, 2), states: 293_583, sometimes: TWICE },
  { name: "2 slots, N=5, 2 leaders", ...sized(5, 2, 0, 2), lead: true, states: 461_386, sometimes: [AGAIN] },
  {
    name: "2 slots, N=3, 2 leaders, learning",
    ...sized(3, 2, 0, 2),
    learn: true,
    lead: true,
    states: 807_133,
    sometimes: [AGAIN, LEARNED, KNOWN],
  },
  { name: "2 slots, N=3, 2 leaders, a client", ...sized(3, 2, 1, 2), lead: true, states: 847_386, sometimes: TWICE },
  { name: "2 slots, N=3, 3 leaders", ...sized(3, 2, 0, 3), lead: true, states: 2_377_131, sometimes: [AGAIN] },
  {
    name: "N=3, 2 ballots, learning, dropping",
    ...sized(3, 1, 2, 2),
    learn: true,
    prefix: true,
    states: 171_660,
    sometimes: [...TWICE, LEARNED],
  },
  {
    name: "2 slots, N=3, 1 ballot, learning, dropping, leading",
    ...sized(3, 2, 1, 1),
    learn: true,
    prefix: true,
    lead: true,
    states: 592_265,
    sometimes: [...FAST, LEARNED, KNOWN],
  },
  {
    name: "2 slots, N=3, 1 ballot, 2 clients, learning",
    ...sized(3, 2, 2, 1),
    learn: true,
    states: 1_046_325,
    sometimes: [...FAST, LEARNED, KNOWN],
  },
  {
    name: "N=3, 3 ballots, reader",
    ...sized(3, 1, 2, 3),
    reader: true,
    states: 1_507_390,
    sometimes: [...TWICE, UNFINISHED],
  },
  { name: "N=5, 2 ballots, 3 clients", ...sized(5, 1, 3, 2), states: 1_535_134, sometimes: [...TWICE, SPLIT] },
  { name: "N=3, 4 ballots", ...sized(3, 1, 2, 4), states: 3_817_810, sometimes: TWICE },
  {
    name: "N=5, 2 ballots, reader",
    ...sized(5, 1, 2, 2),
    reader: true,
    states: 8_518_934,
    sometimes: [...TWICE, UNFINISHED],
  },
  { name: "2 slots, N=3, 2 ballots, 2 clients", ...sized(3, 2, 2, 2), states: 8_887_876, sometimes: TWICE },
  {
    name: "2 slots, N=3, 1 ballot, learning, reader",
    ...sized(3, 2, 1, 1),
    learn: true,
    reader: true,
    states: 15_754_434,
    sometimes: [...FAST, LEARNED, KNOWN, UNFINISHED],
  },
  { name: "N=5, 3 ballots", ...sized(5, 1, 2, 3), states: 23_020_612, sometimes: TWICE },
  {
    name: "2 slots, N=3, 2 ballots, reader",
    ...sized(3, 2, 1, 2),
    reader: true,
    states: 28_483_222,
    sometimes: [...TWICE, UNFINISHED],
  },
  {
    name: "2 slots, N=3, 2 ballots, learning",
    ...sized(3, 2, 1, 2),
    learn: true,
    states: 43_809_735,
    sometimes: [...TWICE, LEARNED, KNOWN],
  },
];

/** Broken on purpose, around the core rather than in it: a search that finds nothing in these is worth nothing. */
export const TWINS: readonly Config[] = [
  { name: "an acceptor keeps its promise in memory", ...sized(3, 1, 2, 2), twin: "volatile promise" },
  { name: "an acceptor takes two turns for a promise", ...sized(3, 1, 2, 1), twin: "promise in two turns" },
  { name: "a proposer restarts with the ballot it had", ...sized(3, 1, 2, 2), twin: "ballot reuse" },
  {
    name: "prepare beyond the known prefix",
    ...sized(3, 2, 1, 1),
    learn: true,
    twin: "prepare beyond the known prefix",
  },
];
