import type { LeaseId, Revision } from "../../api/key-value.ts";
import { leaseOf } from "../lease.ts";
import { operation } from "../operation.ts";
import { type Refused, refused } from "../refuse.ts";
import type { Turn } from "../turn.ts";

export interface LeaseKeepAliveOp {
  readonly kind: "lease-keep-alive";
  readonly lease: LeaseId;
}

export interface LeaseKeepAliveResult {
  readonly kind: "lease-keep-alive";
  readonly revision: Revision;
  readonly lease: LeaseId;
  readonly ttl: number;
}

export const leaseKeepAlive = operation<LeaseKeepAliveOp, LeaseKeepAliveResult>({
  kind: "lease-keep-alive",
  since: 0,
  fields: { lease: 0 },
  outcome: 6,
  run: keepAlive,
});

/** One row written. */
function keepAlive(turn: Turn, op: LeaseKeepAliveOp): LeaseKeepAliveResult | Refused {
  const held = leaseOf(turn.direct, op.lease);
  if (!held) return refused("lease-not-found", turn.before);
  turn.direct.exec("UPDATE lease SET renewals = ?, heard_ms = ? WHERE lease = ?", turn.slot, turn.heardMs, op.lease);
  return { kind: "lease-keep-alive", revision: turn.before, lease: op.lease, ttl: held.ttl };
}
