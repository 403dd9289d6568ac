import { signal } from "@preact/signals";
import type { DevNetwork } from "../../../network/dev-network.ts";
import { askJson, jsonBody, type Trouble, troubleOf } from "../../data/http.ts";

/** The simulated network, as the server has it; undefined before it was read. */
export const network = signal<DevNetwork | undefined>(undefined);
export const networkTrouble = signal<Trouble | undefined>(undefined);

const PATH = "/dev/network";

export async function networkLoad(): Promise<void> {
  await attempt(() => askJson<DevNetwork>(PATH));
}

/** Shown at once, and as the server says afterwards. */
export async function networkSet(next: DevNetwork): Promise<void> {
  network.value = next;
  await attempt(() => askJson<DevNetwork>(PATH, { method: "PUT", ...jsonBody(next) }));
}

async function attempt(work: () => Promise<DevNetwork>): Promise<void> {
  try {
    network.value = await work();
    networkTrouble.value = undefined;
  } catch (error) {
    networkTrouble.value = troubleOf(error);
  }
}

type Region = NonNullable<DevNetwork["down"]>[number];

export function isDown({ down = [] }: DevNetwork, region: string): boolean {
  return down.some((one) => one === region);
}

export function isCut({ cut = [] }: DevNetwork, a: string, b: string): boolean {
  return cut.some((pair) => pair.some((one) => one === a) && pair.some((one) => one === b));
}

/** Takes a region down, or up again. */
export function downToggled(now: DevNetwork, region: Region): DevNetwork {
  const { down = [], ...rest } = now;
  const next = isDown(now, region) ? down.filter((one) => one !== region) : [...down, region];
  return next.length === 0 ? rest : { ...rest, down: next };
}

/** Cuts the link between two regions, or mends it. */
export function cutToggled(now: DevNetwork, a: Region, b: Region): DevNetwork {
  const { cut = [], ...rest } = now;
  const others = cut.filter((pair) => !(pair.includes(a) && pair.includes(b)));
  const next = isCut(now, a, b) ? others : [...cut, [a, b] as const];
  return next.length === 0 ? rest : { ...rest, cut: next };
}
