import type { Context } from "hono";
import type { Asker } from "../../rollout/event.ts";

/** Whoever may reach a namespace at all may do everything to its releases. */
const EVERYTHING = new Set(["release:author", "release:approve", "release:operate"] as const);

/** Who sent this request, as releases know people. */
export function askerOf(_context: Context): Extract<Asker, { readonly kind: "person" }> {
  return { kind: "person", id: "root", verbs: EVERYTHING };
}
