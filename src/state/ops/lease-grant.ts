import type { LeaseId, Revision } from "../../api/key-value.ts";
import { LEASE_TTL_SECONDS_MAX, LEASE_TTL_SECONDS_MIN } from "../../api/limits.ts";
import { leaseRecord } from "../content.ts";
import { NO_LEASE } from "../history.ts";
import { leaseOf } from "../lease.ts";
import { operation } from "../operation.ts";
import { USAGE_NONE } from "../quota.ts";
import { quotaRefused } from "../quota-refused.ts";
import { type Refused, refused } from "../refuse.ts";
import type { Turn } from "../turn.ts";

export interface LeaseGrantOp {
  readonly kind: "lease-grant";
  readonly lease: LeaseId;
  /** Seconds. */
  readonly ttl: number;
}

export interface LeaseGrantResult {
  readonly kind: "lease-grant";
  readonly revision: Revision;
  readonly lease: LeaseId;
  readonly ttl: number;
}

export const leaseGrant = operation<LeaseGrantOp, LeaseGrantResult>({
  kind: "lease-grant",
  since: 0,
  fields: { lease: 0, ttl: 0 },
  outcome: 5,
  run: grant,
  bringsChores: true,
});

/** One row written. As in etcd, a TTL that is too short is raised, not refused. */
function grant(turn: Turn, op: LeaseGrantOp): LeaseGrantResult | Refused {
  if (op.lease === NO_LEASE) return refused("lease-not-found", turn.before);
  if (!(op.ttl <= LEASE_TTL_SECONDS_MAX)) return refused("lease-ttl-too-large", turn.before);
  if (leaseOf(turn.direct, op.lease)) return refused("lease-exists", turn.before);
  const exceeded = quotaRefused(turn, () => ({ ...USAGE_NONE, leases: 1 }));
  if (exceeded) return exceeded;
  if (turn.usage) turn.usage.leases++;
  const ttl = Math.max(op.ttl, LEASE_TTL_SECONDS_MIN);
  turn.content?.sum.add(leaseRecord(op.lease, ttl));
  turn.direct.exec("INSERT INTO lease VALUES (?, ?, ?, ?)", op.lease, ttl, turn.slot, turn.heardMs);
  return { kind: "lease-grant", revision: turn.before, lease: op.lease, ttl };
}
