import type { Host } from "./host.ts";
import { sleep } from "./host.ts";
import type { Region } from "./region.ts";
import { roundTripMs } from "./round-trip.ts";

/** The simulated world of the dev server. An empty object is a perfect network. */
export interface DevNetwork {
  /** Delay each message by half the round trip between the two regions. */
  readonly wan?: boolean | undefined;
  /** Regions that neither send nor receive. */
  readonly down?: readonly Region[] | undefined;
  /** Groups that hear only each other; a region in no group forms one with all others in none. */
  readonly partitions?: readonly (readonly Region[])[] | undefined;
  /** Probability that a message is lost, 0 to 1. */
  readonly drop?: number | undefined;
  /** Each delay varies by up to this fraction, 0 to 1. */
  readonly jitter?: number | undefined;
}

/**
 * Module state on purpose: locally the Worker and every object share one isolate, and a restart heals the network.
 * Never set in a deployment, where the routes that set it do not exist.
 */
let current: DevNetwork = {};

export function devNetworkGet(): DevNetwork {
  return current;
}

export function devNetworkSet(next: DevNetwork): void {
  current = next;
}

export function devNetworkActive(): boolean {
  return Object.keys(current).length > 0;
}

/** Whether a message from `from` can reach `to` at all. */
export function devNetworkConnects(network: DevNetwork, from: Region, to: Region): boolean {
  if (network.down?.includes(from) || network.down?.includes(to)) return false;
  return groupOf(network, from) === groupOf(network, to);
}

function groupOf(network: DevNetwork, region: Region): number {
  return network.partitions?.findIndex((group) => group.includes(region)) ?? -1;
}

/** Takes one message across; false when it was lost. A lost message is noticed by nobody. */
export async function devNetworkDeliver(host: Host, from: Region, to: Region): Promise<boolean> {
  const { wan, drop = 0, jitter = 0 } = current;
  if (!devNetworkConnects(current, from, to)) return false;
  if (drop > 0 && from !== to && host.random() < drop) return false;
  if (wan === true) {
    const oneWayMs = roundTripMs(from, to) / 2;
    await sleep(host, oneWayMs * (1 + jitter * (2 * host.random() - 1)));
    // The world may have changed while the message was on its way.
    return devNetworkConnects(current, from, to);
  }
  return true;
}
