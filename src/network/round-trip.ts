import type { Region } from "./region.ts";

/**
 * Average round trips between regions, in milliseconds.
 *
 * Inter-region pings of AWS on 2020-06-05 as published with the fantoch simulator, mapped to the nearest location
 * hint; rows to `afr` (af-south-1) from cloudping's medians; within a region 2 ms. The dev network delays by it, and
 * proposers draw their time-outs from it; being wrong costs time, never safety.
 */
export const ROUND_TRIP_MS: Readonly<Record<Region, Readonly<Record<Region, number>>>> = {
  wnam: {
    wnam: 2,
    enam: 73,
    weur: 145,
    eeur: 158,
    apac: 163,
    "apac-ne": 101,
    "apac-se": 163,
    oc: 139,
    sam: 180,
    afr: 279,
    me: 260,
  },
  enam: {
    wnam: 73,
    enam: 2,
    weur: 76,
    eeur: 86,
    apac: 236,
    "apac-ne": 152,
    "apac-se": 236,
    oc: 198,
    sam: 113,
    afr: 227,
    me: 193,
  },
  weur: {
    wnam: 145,
    enam: 76,
    weur: 2,
    eeur: 15,
    apac: 170,
    "apac-ne": 209,
    "apac-se": 170,
    oc: 274,
    sam: 194,
    afr: 143,
    me: 123,
  },
  eeur: {
    wnam: 158,
    enam: 86,
    weur: 15,
    eeur: 2,
    apac: 178,
    "apac-ne": 244,
    "apac-se": 178,
    oc: 282,
    sam: 203,
    afr: 155,
    me: 122,
  },
  apac: {
    wnam: 163,
    enam: 236,
    weur: 170,
    eeur: 178,
    apac: 2,
    "apac-ne": 77,
    "apac-se": 2,
    oc: 90,
    sam: 338,
    afr: 205,
    me: 91,
  },
  "apac-ne": {
    wnam: 101,
    enam: 152,
    weur: 209,
    eeur: 244,
    apac: 77,
    "apac-ne": 2,
    "apac-se": 77,
    oc: 104,
    sam: 268,
    afr: 286,
    me: 171,
  },
  "apac-se": {
    wnam: 163,
    enam: 236,
    weur: 170,
    eeur: 178,
    apac: 2,
    "apac-ne": 77,
    "apac-se": 2,
    oc: 90,
    sam: 338,
    afr: 205,
    me: 91,
  },
  oc: {
    wnam: 139,
    enam: 198,
    weur: 274,
    eeur: 282,
    apac: 90,
    "apac-ne": 104,
    "apac-se": 90,
    oc: 2,
    sam: 309,
    afr: 295,
    me: 177,
  },
  sam: {
    wnam: 180,
    enam: 113,
    weur: 194,
    eeur: 203,
    apac: 338,
    "apac-ne": 268,
    "apac-se": 338,
    oc: 309,
    sam: 2,
    afr: 337,
    me: 311,
  },
  afr: {
    wnam: 279,
    enam: 227,
    weur: 143,
    eeur: 155,
    apac: 205,
    "apac-ne": 286,
    "apac-se": 205,
    oc: 295,
    sam: 337,
    afr: 2,
    me: 279,
  },
  me: {
    wnam: 260,
    enam: 193,
    weur: 123,
    eeur: 122,
    apac: 91,
    "apac-ne": 171,
    "apac-se": 91,
    oc: 177,
    sam: 311,
    afr: 279,
    me: 2,
  },
};

export function roundTripMs(from: Region, to: Region): number {
  return ROUND_TRIP_MS[from][to];
}

/** `regions` with the nearest to `from` first; equal distances keep their order. */
export function byDistance(from: Region, regions: readonly Region[]): Region[] {
  return [...regions].sort((a, b) => roundTripMs(from, a) - roundTripMs(from, b));
}

/** The round trip from `from` to the `count`-th nearest of `regions`: what a quorum of that size costs. */
export function quorumRoundTripMs(from: Region, regions: readonly Region[], count: number): number {
  const last = byDistance(from, regions)[count - 1];
  return last === undefined ? 0 : roundTripMs(from, last);
}
