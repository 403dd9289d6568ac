import type { Op } from "../../src/state/command.ts";
import type { Session } from "./session.ts";

/** Shared by all clients, so that they meet, and few, so that an id is granted again after its lease ended. */
export const LEASES = ["7", "8", "9223372036854775807"] as const;

/** Seconds. One is raised to two; the last outlasts every run. */
const TTLS = [1, 2, 3, 4, 6, 9, 12, 3_600] as const;

export function leaseDraw({ random, lease }: Session): Op {
  const dice = random.next();
  if (dice < 0.42) return { kind: "lease-grant", lease: random.pick(LEASES), ttl: random.pick(TTLS) };
  if (dice < 0.8) return { kind: "lease-keep-alive", lease: lease() };
  return { kind: "lease-revoke", lease: lease() };
}
