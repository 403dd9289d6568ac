import type { Region } from "./region.ts";

/** The simulated world of the dev server. An empty object is a perfect network. */
export interface DevNetwork {
  /** Delay each message by half the round trip between the two regions. */
  readonly wan?: boolean | undefined;
  /** Regions that neither send nor receive. */
  readonly down?: readonly Region[] | undefined;
  /** Groups that hear only each other; a region in no group forms one with all others in none. */
  readonly partitions?: readonly (readonly Region[])[] | undefined;
  /** Pairs of regions that do not hear each other. */
  readonly cut?: readonly (readonly [Region, Region])[] | undefined;
  /** Probability that a message is lost, 0 to 1. */
  readonly drop?: number | undefined;
  /** Each delay varies by up to this fraction, 0 to 1. */
  readonly jitter?: number | undefined;
}

/** Whether a message from `from` can reach `to` at all. */
export function devNetworkConnects(network: DevNetwork, from: Region, to: Region): boolean {
  if (network.down?.includes(from) || network.down?.includes(to)) return false;
  if (network.cut?.some((pair) => from !== to && pair.includes(from) && pair.includes(to))) return false;
  return groupOf(network, from) === groupOf(network, to);
}

function groupOf(network: DevNetwork, region: Region): number {
  return network.partitions?.findIndex((group) => group.includes(region)) ?? -1;
}
