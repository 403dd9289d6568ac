import type { LeaseId, Revision } from "../../api/key-value.ts";
import { leaseOf } from "../lease.ts";
import { operation } from "../operation.ts";
import { type Refused, refused } from "../refuse.ts";
import type { Turn } from "../turn.ts";
import { leaseEnd, leaseEndUnits } from "./lease-end.ts";

export interface LeaseRevokeOp {
  readonly kind: "lease-revoke";
  readonly lease: LeaseId;
}

export interface LeaseRevokeResult {
  readonly kind: "lease-revoke";
  readonly revision: Revision;
  /** Keys that went with the lease. */
  readonly deleted: number;
}

export const leaseRevoke = operation<LeaseRevokeOp, LeaseRevokeResult>({
  kind: "lease-revoke",
  since: 0,
  fields: { lease: 0 },
  outcome: 7,
  run: revoke,
});

function revoke(turn: Turn, op: LeaseRevokeOp): LeaseRevokeResult | Refused {
  if (!leaseOf(turn.direct, op.lease)) return refused("lease-not-found", turn.before);
  turn.cost?.charge(leaseEndUnits(turn, op.lease));
  return { kind: "lease-revoke", ...leaseEnd(turn, op.lease) };
}
