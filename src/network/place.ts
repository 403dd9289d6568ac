import type { Region } from "./region.ts";

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** A city that stands for each region: where its objects, or most of its people, are. */
export const PLACES: Readonly<Record<Region, Place>> = {
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
