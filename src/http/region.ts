import { ProblemError } from "../api/problem.ts";
import { PLACES, type Place } from "../network/place.ts";
import { isRegion, REGIONS, type Region } from "../network/region.ts";

export const REGION_DEFAULT: Region = "enam";

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
  return CONTINENTS[cf?.continent ?? ""] ?? REGION_DEFAULT;
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
