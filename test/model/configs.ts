import type { Attempt, Config } from "./config.ts";

/** With the number of states it has: when that changes, the protocol did, or this model, and somebody should know why. */
export interface PinnedConfig extends Config {
  readonly states: number;
  /** Rare things that must happen in it. */
  readonly sometimes: readonly string[];
}

const P: Attempt = { own: "p", finish: true, reopen: true };
const ONE = [P];
const TWO = [P, { ...P, own: "q" }];
const THREE = [...TWO, { ...P, own: "r" }];
const FOUR = [...THREE, { ...P, own: "s" }];

const FAST = ["forced fast value", "plurality kept a command", "noop over a live command", "open used"];
const TWICE = [...FAST, "recovery of a recovery", "fast votes of a reopened slot recovered"];
const LEARNED = "learned prefix used by a recovery";
const UNFINISHED = "read had to finish a slot";

/** Small enough for every run of the tests. */
export const QUICK: readonly PinnedConfig[] = [
  {
    ...{ name: "N=3, 1 ballot, learning, dropping", members: 3, slots: 1, clients: ["x", "y"] },
    ...{ attempts: [{ ...P, own: "x" }], learn: true, prefix: true },
    ...{ states: 2_789, sometimes: [...FAST, LEARNED] },
  },
  {
    ...{ name: "N=3, 2 ballots", members: 3, slots: 1, clients: ["x", "y"], attempts: TWO },
    ...{ states: 8_492, sometimes: TWICE },
  },
  {
    ...{ name: "N=3, 2 ballots, one process", members: 3, slots: 1, clients: ["x", "y"], attempts: TWO },
    ...{ oneProcess: true, states: 27_584, sometimes: TWICE },
  },
  {
    ...{ name: "N=5, 1 ballot", members: 5, slots: 1, clients: ["x", "y", "z"], attempts: ONE },
    ...{ states: 13_830, sometimes: [...FAST, "2-2-1 split recovered"] },
  },
  {
    ...{ name: "N=3, 1 ballot, learning, reader", members: 3, slots: 1, clients: ["x", "y"], attempts: ONE },
    ...{ learn: true, reader: true, states: 13_681, sometimes: [...FAST, LEARNED, UNFINISHED] },
  },
  {
    ...{ name: "N=5, 1 ballot, reader", members: 5, slots: 1, clients: ["x", "y"], attempts: ONE },
    ...{ reader: true, states: 36_285, sometimes: [...FAST, UNFINISHED] },
  },
  {
    ...{ name: "N=3, 2 ballots, reader", members: 3, slots: 1, clients: ["x", "y"], attempts: TWO },
    ...{ reader: true, states: 46_597, sometimes: [...TWICE, UNFINISHED] },
  },
  {
    ...{ name: "2 slots, N=3, no ballot, learning, reader", members: 3, slots: 2, clients: ["x"], attempts: [] },
    ...{ learn: true, reader: true, states: 3_315, sometimes: [UNFINISHED] },
  },
  {
    ...{ name: "2 slots, N=3, 1 ballot, learning, leading", members: 3, slots: 2, clients: ["x"], attempts: ONE },
    ...{ learn: true, lead: true, states: 115_088, sometimes: [...FAST, LEARNED, "prepared from a known prefix"] },
  },
  {
    ...{ name: "N=3, 3 ballots", members: 3, slots: 1, clients: ["x", "y"], attempts: THREE },
    ...{ states: 184_190, sometimes: TWICE },
  },
  {
    ...{ name: "N=5, 2 ballots", members: 5, slots: 1, clients: ["x", "y"], attempts: TWO },
    ...{ states: 293_583, sometimes: TWICE },
  },
];

/** Minutes and gigabytes; run now and then. */
export const DEEP: readonly PinnedConfig[] = [
  {
    ...{ name: "N=7, 1 ballot", members: 7, slots: 1, clients: ["x", "y", "z"], attempts: ONE },
    ...{ states: 163_642, sometimes: [...FAST, "2-2-1 split recovered"] },
  },
  {
    ...{ name: "N=3, 2 ballots, learning, dropping", members: 3, slots: 1, clients: ["x", "y"], attempts: TWO },
    ...{ learn: true, prefix: true, states: 171_660, sometimes: [...TWICE, LEARNED] },
  },
  {
    ...{ name: "2 slots, N=3, 1 ballot, reader", members: 3, slots: 2, clients: ["x"], attempts: ONE },
    ...{ reader: true, states: 79_094, sometimes: [...FAST, UNFINISHED] },
  },
  {
    ...{
      name: "2 slots, N=3, 1 ballot, 2 clients, learning",
      members: 3,
      slots: 2,
      clients: ["x", "y"],
      attempts: ONE,
    },
    ...{ learn: true, states: 1_046_325, sometimes: [...FAST, LEARNED, "prepared from a known prefix"] },
  },
  {
    ...{ name: "N=3, 3 ballots, reader", members: 3, slots: 1, clients: ["x", "y"], attempts: THREE },
    ...{ reader: true, states: 1_507_390, sometimes: [...TWICE, UNFINISHED] },
  },
  {
    ...{ name: "N=5, 2 ballots, 3 clients", members: 5, slots: 1, clients: ["x", "y", "z"], attempts: TWO },
    ...{ states: 1_535_134, sometimes: [...TWICE, "2-2-1 split recovered"] },
  },
  {
    ...{ name: "N=3, 4 ballots", members: 3, slots: 1, clients: ["x", "y"], attempts: FOUR },
    ...{ states: 3_817_810, sometimes: TWICE },
  },
  {
    ...{ name: "N=5, 2 ballots, reader", members: 5, slots: 1, clients: ["x", "y"], attempts: TWO },
    ...{ reader: true, states: 8_518_934, sometimes: [...TWICE, UNFINISHED] },
  },
];

/** Broken on purpose, around the core rather than in it: a search that finds nothing in these is worth nothing. */
export const TWINS: readonly Config[] = [
  {
    ...{ name: "an acceptor keeps its promise in memory", members: 3, slots: 1, clients: ["x", "y"], attempts: TWO },
    twin: "volatile promise",
  },
  {
    ...{ name: "a proposer restarts with the ballot it had", members: 3, slots: 1, clients: ["x", "y"], attempts: TWO },
    twin: "ballot reuse",
  },
  {
    ...{ name: "prepare beyond the known prefix", members: 3, slots: 2, clients: ["x"], attempts: ONE, learn: true },
    twin: "prepare beyond the known prefix",
  },
  {
    ...{ name: "an acceptor takes two turns for a promise", members: 3, slots: 1, clients: ["x", "y"], attempts: ONE },
    twin: "promise in two turns",
  },
];
