import { ProblemError } from "../api/problem.ts";
import { isRegion, REGIONS, type Region } from "../network/region.ts";

const DEFAULT: Region = "enam";

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** A city that stands for each region: where its objects, or most of its people, are. */
const PLACES: Readonly<Record<Region, Place>> = {
  wnam: { latitude: 45.6, longitude: -121.2 }, // The Dalles
  enam: { latitude: 39.0, longitude: -77.5 }, // Ashburn
  weur: { latitude: 50.1, longitude: 2.0 }, // between London, Paris and Frankfurt
  eeur: { latitude: 52.2, longitude: 21.0 }, // Warsaw
  apac: { latitude: 1.35, longitude: 103.8 }, // Singapore
  "apac-ne": { latitude: 35.7, longitude: 139.7 }, // Tokyo
  "apac-se": { latitude: 1.35, longitude: 103.8 }, // Singapore
  oc: { latitude: -33.9, longitude: 151.2 }, // Sydney
  sam: { latitude: -23.5, longitude: -46.6 }, // São Paulo
  afr: { latitude: -26.2, longitude: 28.0 }, // Johannesburg
  me: { latitude: 25.2, longitude: 55.3 }, // Dubai
};

const CONTINENTS: Readonly<Record<string, Region>> = {
  AF: "afr",
  AN: "oc",
  AS: "apac",
  EU: "weur",
  NA: "enam",
  OC: "oc",
  SA: "sam",
};

/** The parts of `request.cf` that tell where a client is. */
export interface Whereabouts {
  readonly latitude?: string | undefined;
  readonly longitude?: string | undefined;
  readonly continent?: string | undefined;
}

/**
 * Where a client is. `claimed`, the dev header `synod-region`, comes first.
 * Being wrong costs time, never safety.
 */
export function regionOf(cf: Whereabouts | undefined, claimed?: string): Region {
  if (claimed !== undefined) return regionClaimed(claimed);
  const latitude = Number.parseFloat(cf?.latitude ?? "");
  const longitude = Number.parseFloat(cf?.longitude ?? "");
  if (Number.isFinite(latitude) && Number.isFinite(longitude)) return regionNearest({ latitude, longitude });
  return CONTINENTS[cf?.continent ?? ""] ?? DEFAULT;
}

function regionClaimed(claimed: string): Region {
  if (isRegion(claimed)) return claimed;
  throw new ProblemError("invalid-request", `header synod-region: one of ${REGIONS.join(", ")}`, {
    parameter: "synod-region",
  });
}

/** Equal distances: the first in the order of `REGIONS`. */
function regionNearest(place: Place): Region {
  return REGIONS.reduce((best, region) => (arc(place, PLACES[region]) < arc(place, PLACES[best]) ? region : best));
}

/** The great-circle distance in radians (haversine formula). */
function arc(a: Place, b: Place): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const dLatitude = radians(b.latitude - a.latitude);
  const dLongitude = radians(b.longitude - a.longitude);
  const h =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(dLongitude / 2) ** 2;
  return 2 * Math.asin(Math.min(1, Math.sqrt(h)));
}
