import type { Units } from "./counts.ts";

/**
 * Clients that fail much more than the others did so before the release: one of them in a small cohort would speak for all.
 * Those above the 95th percentile of all clients' baselines are set aside, in both cohorts.
 */
const PERCENTILE = 0.95;

/** The share of bad windows above which a client is set aside, from what each client's own ten minutes had. */
export function setAsideAbove(baselines: readonly Units[]): number {
  const shares = baselines.filter(({ units }) => units > 0).map(({ bad, units }) => bad / units);
  const sorted = shares.toSorted((a, b) => a - b);
  return sorted[Math.ceil(PERCENTILE * sorted.length) - 1] ?? 1;
}

export function isSetAside({ bad, units }: Units, above: number): boolean {
  return units > 0 && bad / units > above;
}
