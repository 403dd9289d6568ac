import type { Region } from "../../network/region.ts";

/** What an entry counts for once so many others came after it: 1/e. */
const MEMORY_ENTRIES = 256;
/** So few say nothing of where the next ones will come from. */
const ENTRIES_MIN = 8;
/** Shares are told in steps, so that learners who heard in another order come to the same. */
const STEPS = 8;

/** Which share of the latest entries came from each region. */
export class RegionShares {
  readonly #weights = new Map<Region, number>();

  /** `entries` more came from `region`. */
  add(region: Region, entries: number): void {
    const kept = Math.exp(-entries / MEMORY_ENTRIES);
    for (const [one, weight] of this.#weights) this.#weights.set(one, weight * kept);
    this.#weights.set(region, (this.#weights.get(region) ?? 0) + entries);
  }

  /** Each region's part of them, in eighths, so that they add up to about 8; empty when too little is known. */
  get eighths(): ReadonlyMap<Region, number> {
    const total = [...this.#weights.values()].reduce((sum, weight) => sum + weight, 0);
    if (total < ENTRIES_MIN) return new Map();
    const rounded = [...this.#weights].map(
      ([region, weight]) => [region, Math.round((STEPS * weight) / total)] as const,
    );
    return new Map(rounded.filter(([, share]) => share > 0));
  }
}
