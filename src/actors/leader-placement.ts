import { quorumsFor } from "../core/quorum.ts";
import type { Configuration } from "../network/address.ts";
import type { Region } from "../network/region.ts";
import { quorumRoundTripMs, roundTripMs } from "../network/round-trip.ts";

/**
 * Who is asked to lead, best first: the one that does, then by what a write from anywhere costs through it, which is
 * the way to it and from it to its majority. Everybody comes to the same order, so that leaders do not duel.
 */
export function leaderPlacement({ members }: Configuration, leading: string | undefined): Region[] {
  const majority = quorumsFor(members.length).classic;
  const cost = (region: Region) =>
    members.reduce((sum, from) => sum + roundTripMs(from, region), 0) / members.length +
    quorumRoundTripMs(region, members, majority);
  const placed = [...members].sort((a, b) => cost(a) - cost(b));
  return placed.sort((a, b) => Number(b === leading) - Number(a === leading));
}
