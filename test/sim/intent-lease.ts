import type { Op } from "../../src/state/command.ts";
import type { Client } from "./client.ts";

/** Shared by all clients, so that they meet, and few, so that an id is granted again after its lease ended. */
export const LEASES = ["7", "8", "9223372036854775807"] as const;

/** Seconds. One is raised to two; the last outlasts every run. */
const TTLS = [1, 2, 3, 4, 6, 3_600] as const;

export function leaseDraw({ random, lease }: Client): Op {
  const id = lease();
  const dice = random.next();
  if (dice < 0.5) return { kind: "lease-grant", lease: id, ttl: random.pick(TTLS) };
  if (dice < 0.85) return { kind: "lease-keep-alive", lease: id };
  return { kind: "lease-revoke", lease: id };
}
