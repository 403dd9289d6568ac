import { quorumsFor } from "../../core/quorum.ts";
import type { Configuration } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import { quorumRoundTripMs, roundTripMs } from "../../network/round-trip.ts";

/**
 * Where a leader would serve best, best first: by what a write costs through it, on average over where the writes come
 * from (`shares`; empty: from everywhere alike), which is the way to it and from it to its majority. Everybody who
 * heard of the same writes comes to the same order, so that leaders do not duel.
 */
export function leaderPlacement({ members }: Configuration, shares: ReadonlyMap<Region, number>): readonly Region[] {
  const majority = quorumsFor(members.length).classic;
  const writers = shares.size > 0 ? [...shares] : members.map((region) => [region, 1] as const);
  const total = writers.reduce((sum, [, share]) => sum + share, 0);
  const cost = (region: Region) =>
    writers.reduce((sum, [from, share]) => sum + share * roundTripMs(from, region), 0) / total +
    quorumRoundTripMs(region, members, majority);
  return [...members].sort((a, b) => cost(a) - cost(b));
}
