import { type DevNetwork, devNetworkConnects } from "../network/dev-network.ts";
import type { Host } from "../network/host.ts";
import { sleep } from "../network/host.ts";
import type { Region } from "../network/region.ts";
import { roundTripMs } from "../network/round-trip.ts";

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
