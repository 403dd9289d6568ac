import type { LeaseId, Revision } from "../../api/key-value.ts";
import { leaseOf } from "../lease.ts";
import { operation } from "../operation.ts";
import type { Turn } from "../turn.ts";
import { leaseEnd, leaseEndUnits } from "./lease-end.ts";

/**
 * Ends a lease whose TTL a learner measured in full since the renewal named `renewals`; a stale one does nothing. The
 * name is the slot of the grant or of the last renewal, so that it never comes back, not even when a lease is granted
 * again under the same id.
 */
export interface LeaseExpireOp {
  readonly kind: "lease-expire";
  readonly lease: LeaseId;
  readonly renewals: number;
}

export interface LeaseExpireResult {
  readonly kind: "lease-expire";
  readonly revision: Revision;
  /** Keys that went with the lease. */
  readonly deleted: number;
}

export const leaseExpire = operation<LeaseExpireOp, LeaseExpireResult>({
  kind: "lease-expire",
  since: 0,
  fields: { lease: 0, renewals: 0 },
  outcome: 8,
  isUnstamped: true,
  keepsNothing: true,
  run: expire,
});

/** Ends the lease, unless it was renewed, or ended, since the learner began to measure. */
function expire(turn: Turn, op: LeaseExpireOp): LeaseExpireResult {
  const due = leaseOf(turn.direct, op.lease)?.renewals === op.renewals;
  const ended = due && isAffordable(turn, op.lease) ? leaseEnd(turn, op.lease) : { revision: turn.before, deleted: 0 };
  return { kind: "lease-expire", ...ended };
}

/** An expiry that costs more than is left does nothing: nobody waits for it, and learners propose it again. */
function isAffordable(turn: Turn, lease: LeaseId): boolean {
  if (turn.cost === undefined) return true;
  const units = leaseEndUnits(turn, lease);
  if (units > turn.cost.left) return false;
  turn.cost.charge(units);
  return true;
}
