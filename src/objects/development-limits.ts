import { z } from "zod";
import { NODE_LIMITS, type NodeLimits } from "../node/limits.ts";
import type { Env } from "./env.ts";

const LimitsJson = z.strictObject({ node: z.record(z.string(), z.int().positive()).optional() });

/** The bounds of the parts: those that are shipped, but for the ones that a test sets under `SYNOD_DEV=1`. */
export function nodeLimitsOf(env: Pick<Env, "SYNOD_DEV" | "SYNOD_LIMITS">): NodeLimits {
  if (env.SYNOD_DEV !== "1" || env.SYNOD_LIMITS === undefined) return NODE_LIMITS;
  const { node = {} } = LimitsJson.parse(JSON.parse(env.SYNOD_LIMITS));
  for (const name of Object.keys(node))
    if (!(name in NODE_LIMITS)) throw new Error(`SYNOD_LIMITS: no limit is ${name}`);
  return { ...NODE_LIMITS, ...node };
}
