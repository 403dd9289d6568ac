/** What the table of round trips allows, for Synod and for what else one could do with the same regions. */
import { quorumsFor } from "../../src/core/quorum.ts";
import type { Region } from "../../src/network/region.ts";
import { byDistance, quorumRoundTripMs, roundTripMs } from "../../src/network/round-trip.ts";
import { mean } from "../run/numbers.ts";

/** The default configuration (wrangler.toml). */
export const MEMBERS: readonly Region[] = ["wnam", "enam", "weur", "apac", "oc"];
/** Where the clients are. */
export const CLIENTS: readonly Region[] = ["wnam", "enam", "weur", "eeur", "apac", "apac-ne", "oc", "sam", "afr", "me"];

const QUORUMS = quorumsFor(MEMBERS.length);

/** One round trip to a fast quorum. */
export function writeLimitMs(from: Region): number {
  return quorumRoundTripMs(from, MEMBERS, QUORUMS.fast);
}

/** One round trip to a read quorum. */
export function readLimitMs(from: Region): number {
  return quorumRoundTripMs(from, MEMBERS, QUORUMS.read);
}

/** One round trip to the nearest learner. */
export function localLimitMs(from: Region): number {
  return roundTripMs(from, learnerOf(from));
}

export function learnerOf(from: Region): Region {
  return byDistance(from, MEMBERS)[0] ?? from;
}

/** Half a round trip from where the write is decided to the learner that the watcher is connected to. */
export function watchLimitMs(writer: Region, watcher: Region): number {
  return roundTripMs(writer, learnerOf(watcher)) / 2;
}

/** Phase 1 and phase 2, each with the nearest majority. */
export function twoPhaseMs(from: Region): number {
  return 2 * quorumRoundTripMs(from, MEMBERS, QUORUMS.classic);
}

/** To a leader there, which asks its nearest majority, and back. */
export function leaderMs(from: Region, leader: Region): number {
  return roundTripMs(from, leader) + quorumRoundTripMs(leader, MEMBERS, QUORUMS.classic);
}

/** The region where a leader serves all clients best, on average. */
export function leaderBest(): Region {
  const cost = (leader: Region) => mean(CLIENTS.map((from) => leaderMs(from, leader)));
  return [...MEMBERS].sort((a, b) => cost(a) - cost(b))[0] ?? "enam";
}

/** To one Durable Object in `enam`, which needs nobody else. */
export function oneObjectMs(from: Region): number {
  return roundTripMs(from, "enam");
}
