import { REGIONS, type Region, regionHosts } from "../../src/network/region.ts";
import type { Retention } from "../../src/node/learner/retention.ts";
import { Random } from "../random.ts";
import type { Crashes } from "./faults.ts";
import type { FaultProfile } from "./links.ts";

/** Mean milliseconds between faults of a kind; undefined: never. */
export interface Incidents {
  readonly oneWay: number | undefined;
  readonly split: number | undefined;
  readonly regionDown: number | undefined;
  readonly pause: number | undefined;
  readonly crash: number | undefined;
  readonly workerCrash: number | undefined;
  readonly evict: number | undefined;
  readonly slow: number | undefined;
}

/** Releases that take the place of one another while the system runs. */
export interface Deploys {
  /** Mean milliseconds between two machines that are given the other build; undefined: all run the new one. */
  readonly every: number | undefined;
}

/** Disks that are lost, or replaced by an older copy of themselves. */
export interface DiskDamage {
  /** Mean milliseconds between two; undefined: never. */
  readonly every: number | undefined;
  /** Learners that lose theirs at most, in the whole run: an entry that a majority held stays with one of them. */
  readonly learners: number;
  /** Acceptors that are without theirs at any one time, at most: as many as the protocol says that it survives. */
  readonly acceptors: number;
}

/** Everything about a run that its seed decides before it starts. */
export interface Plan {
  readonly seed: number;
  readonly members: readonly Region[];
  readonly workers: readonly Region[];
  readonly clients: readonly Region[];
  readonly operationsPerClient: number;
  /** Mean milliseconds between an answer and the next operation of a client. */
  readonly thinkMs: number;
  readonly keys: number;
  /** No leader ever answers: whoever misses the fast path recovers, and duels. */
  readonly leaderless: boolean;
  /** The part of operations that are transactions, ranges and leases. */
  readonly rich: number;
  /** Slots after which some client compacts; undefined: none does. */
  readonly compactEvery: number | undefined;
  /** What learners compact by themselves. */
  readonly retention: Retention;
  readonly profile: FaultProfile;
  readonly crashes: Crashes;
  readonly incidents: Incidents;
  readonly damage: DiskDamage;
  readonly deploys: Deploys;
}

const DEFAULT_MEMBERS: readonly Region[] = ["wnam", "enam", "weur", "apac", "oc"];
const CLIENTS = 5;
/** Of all seeds. */
const COMPACTED_BY_CLIENTS = 0.4;
const COMPACTED_BY_REVISIONS = 0.2;
const COMPACTED_BY_AGE = 0.1;
const DAMAGED = 0.2;
const DEPLOYED = 0.3;

export function planOf(seed: number): Plan {
  const random = new Random(seed, 0);
  const members = membersOf(random);
  const clients = Array.from({ length: CLIENTS }, () => random.pick(REGIONS));
  const workers = [...new Set([...clients, random.pick(REGIONS), ...members.slice(0, 1)])];
  // One seed in eight has no faults at all: what fails there is simplest to understand. In another, writers die in the
  // middle of their rounds all the time, and others have to finish what they began.
  const dice = random.next();
  const calm = dice < 1 / 8;
  const orphaned = dice > 7 / 8;
  const some = (probability: number, low: number, high: number) =>
    !calm && random.chance(probability) ? random.between(low, high) : 0;
  const every = (probability: number, low: number, high: number) => some(probability, low, high) || undefined;
  const base: Omit<Plan, "rich" | "compactEvery" | "retention" | "damage" | "deploys"> = {
    seed,
    members,
    workers,
    clients,
    operationsPerClient: 6 + random.below(8),
    thinkMs: random.pick([30, 200, 800, 3_000, 8_000]),
    keys: 1 + random.below(3),
    leaderless: random.chance(orphaned ? 0.8 : 1 / 3),
    profile: {
      loss: orphaned ? random.between(0.2, 0.3) : some(0.6, 0, 0.3),
      duplicate: some(0.6, 0, 0.2),
      jitter: calm ? 0.1 : random.between(0, 2),
      straggle: some(0.5, 0, 0.03),
    },
    crashes: { lost: some(0.4, 0, 0.02), kept: some(0.4, 0, 0.02), inTurn: some(0.3, 0, 0.02) },
    incidents: {
      oneWay: every(0.4, 1_000, 8_000),
      split: every(0.3, 2_000, 10_000),
      regionDown: every(0.3, 3_000, 12_000),
      pause: every(0.4, 1_000, 6_000),
      crash: every(0.5, 800, 6_000),
      workerCrash: orphaned ? random.between(60, 250) : every(0.4, 300, 3_000),
      evict: every(0.6, 500, 4_000),
      slow: every(0.3, 1_500, 6_000),
    },
  };
  return {
    ...base,
    rich: random.pick([0.2, 0.5, 0.8]),
    ...compactionOf(random),
    damage: {
      every: every(DAMAGED, 1_500, 8_000),
      learners: (members.length - 1) / 2,
      acceptors: (members.length - 1) / 2,
    },
    deploys: { every: every(DEPLOYED, 300, 3_000) },
  };
}

/** Either clients compact or learners do, so that it is known whose business a compaction is. */
function compactionOf(random: Random): Pick<Plan, "compactEvery" | "retention"> {
  const dice = random.next();
  const every = random.pick([5, 8, 12, 20, 32]);
  if (dice < COMPACTED_BY_CLIENTS) return { compactEvery: every, retention: {} };
  const aged = COMPACTED_BY_CLIENTS + COMPACTED_BY_REVISIONS;
  if (dice < aged) return { compactEvery: undefined, retention: { revisions: every } };
  if (dice < aged + COMPACTED_BY_AGE) return { compactEvery: undefined, retention: { seconds: 8 + random.below(12) } };
  return { compactEvery: undefined, retention: {} };
}

function membersOf(random: Random): readonly Region[] {
  const size = random.pick([3, 3, 5, 5, 5, 7]);
  if (size === DEFAULT_MEMBERS.length) return DEFAULT_MEMBERS;
  const hosting = REGIONS.filter(regionHosts);
  const members: Region[] = [];
  while (members.length < size) {
    const region = random.pick(hosting);
    if (!members.includes(region)) members.push(region);
  }
  return members;
}
