import type { Target } from "../../api/cohort.ts";
import type { Json } from "../../api/strategy.ts";

/** A target as a request names it. Where the request does not say in which region it is, it is where it came from. */
export function targetOf(key: string, attributes: Readonly<Record<string, Json>> | undefined, region: string): Target {
  const named = attributes?.["region"];
  const colo = attributes?.["colo"];
  return {
    key,
    region: typeof named === "string" ? named : region,
    ...(typeof colo === "string" ? { colo } : {}),
    ...(attributes === undefined ? {} : { attributes }),
  };
}
