import { invariant } from "../core/invariant.ts";

/** The one item of a list that has one. */
export function only<T>([item]: readonly T[]): T {
  invariant(item !== undefined, "there is one");
  return item;
}
