/**
 * Cloudflare's location hints. The last three can be a client's region but host no Durable Objects
 * (Cloudflare documentation, "Data location", 2026).
 */
export const REGIONS = [
  "wnam",
  "enam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "sam",
  "afr",
  "me",
] as const;
export type Region = (typeof REGIONS)[number];

const HOSTLESS: ReadonlySet<Region> = new Set<Region>(["sam", "afr", "me"]);

export function isRegion(text: string): text is Region {
  return (REGIONS as readonly string[]).includes(text);
}

/** Whether Durable Objects can be placed there. */
export function regionHosts(region: Region): boolean {
  return !HOSTLESS.has(region);
}
