/** Numbers with their units, and times, as people read them. */

const KIB = 1_024;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function count(value: number): string {
  return value.toLocaleString("en");
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: number): string {
  if (value < KIB) return plural(value, "byte");
  if (value < KIB * KIB) return `${trimmed(value / KIB)} KiB`;
  return `${trimmed(value / KIB / KIB)} MiB`;
}

/** Milliseconds as whatever unit is readable: `4 ms`, `1.2 s`, `3 min`, `5 h`, `2 days`. */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${trimmed(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${trimmed(ms / HOUR_MS)} h`;
  return plural(Math.round(ms / DAY_MS), "day");
}

export function perSecond(value: number): string {
  return `${value >= 100 ? count(Math.round(value)) : trimmed(value)}/s`;
}

export function percent(share: number): string {
  return `${trimmed(share * 100)} %`;
}

/** `just now`, `12 s ago`, `in 3 min`. */
export function relative(at: number, now: number): string {
  const ms = now - at;
  if (Math.abs(ms) < SECOND_MS) return "just now";
  return ms > 0 ? `${duration(ms)} ago` : `in ${duration(-ms)}`;
}

/** The exact time, to be shown on hover. */
export function exactTime(at: number): string {
  return new Date(at).toISOString().replace("T", " ");
}

function trimmed(value: number): string {
  return value >= 100 ? count(Math.round(value)) : `${Number(value.toPrecision(2))}`;
}

/** The regions as people call them. */
const REGION_NAMES: Readonly<Record<string, string>> = {
  wnam: "Western North America",
  enam: "Eastern North America",
  weur: "Western Europe",
  eeur: "Eastern Europe",
  apac: "Asia-Pacific",
  "apac-ne": "Northeast Asia",
  "apac-se": "Southeast Asia",
  oc: "Oceania",
  sam: "South America",
  afr: "Africa",
  me: "Middle East",
};

export function regionName(region: string): string {
  return REGION_NAMES[region] ?? region;
}
