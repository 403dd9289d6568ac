import type { Condition, DeleteOp, PutOp, RangeOp, Refused, TxnOp, TxnPart } from "./command.ts";
import { type Head, keyAt, NO_LEASE } from "./history.ts";
import { leaseOf } from "./lease.ts";
import { txnOverlaps } from "./overlap.ts";
import { refused, refusedCompacted, refusedCondition } from "./refuse.ts";
import type { Turn } from "./turn.ts";
import { versionRevision } from "./version.ts";

/*
 * What may refuse a write, asked before anything is changed, in etcd's order where etcd has one.
 */

/** A put that is the whole command. */
export function putRefused(turn: Turn, op: PutOp): Refused | undefined {
  return putContradicts(turn, op) ?? conditionRefused(turn, op) ?? putLeaseRefused(turn, op) ?? putKeyRefused(turn, op);
}

/** A put inside a transaction; etcd asks for the key before the lease here. */
export function putPartRefused(turn: Turn, op: PutOp): Refused | undefined {
  return conditionRefused(turn, op) ?? putKeyRefused(turn, op) ?? putLeaseRefused(turn, op);
}

export function rangePartRefused(turn: Turn, op: RangeOp): Refused | undefined {
  const asked = op.revision ?? 0;
  if (asked > turn.before) return refused("future-revision", turn.before);
  if (asked !== 0 && asked < turn.compact) return refusedCompacted(turn.before, turn.compact);
  return undefined;
}

/** What no state can make right: contradictions within a put, and puts and deletes that meet. Both branches count. */
export function txnContradicts(turn: Turn, txn: TxnOp): Refused | undefined {
  return partsContradict(turn, txn) ?? (txnOverlaps(txn) ? refused("duplicate-key", turn.before) : undefined);
}

function partsContradict(turn: Turn, txn: TxnOp): Refused | undefined {
  for (const part of [...txn.success, ...txn.failure]) {
    const found = partContradicts(turn, part);
    if (found) return found;
  }
  return undefined;
}

function partContradicts(turn: Turn, part: TxnPart): Refused | undefined {
  switch (part.kind) {
    case "put":
      return putContradicts(turn, part);
    case "txn":
      return partsContradict(turn, part);
    case "delete":
    case "range":
      return undefined;
  }
}

function putContradicts(turn: Turn, op: PutOp): Refused | undefined {
  if (op.ignoreValue && op.value.length > 0) return refused("value-provided", turn.before);
  if (op.ignoreLease && (op.lease ?? NO_LEASE) !== NO_LEASE) return refused("lease-provided", turn.before);
  return undefined;
}

function putLeaseRefused(turn: Turn, op: PutOp): Refused | undefined {
  const lease = op.lease ?? NO_LEASE;
  return lease === NO_LEASE || leaseOf(turn.direct, lease) ? undefined : refused("lease-not-found", turn.before);
}

function putKeyRefused(turn: Turn, op: PutOp): Refused | undefined {
  const needed = op.ignoreValue || op.ignoreLease;
  return needed && !turn.heads.of(op.key) ? refused("key-not-found", turn.before) : undefined;
}

/** The native conditions, `If-Match` and `If-None-Match`. */
export function conditionRefused(turn: Turn, op: PutOp | DeleteOp): Refused | undefined {
  if (!op.condition || conditionHolds(op.condition, turn.heads.of(op.key))) return undefined;
  return refusedCondition(turn.before, keyAt(turn.sql, op.key));
}

function conditionHolds(condition: Condition, head: Head | undefined): boolean {
  switch (condition.kind) {
    case "absent":
      return head === undefined;
    case "present":
      return head !== undefined;
    case "mod-revision":
      return head !== undefined && condition.anyOf.includes(versionRevision(head.id));
  }
}
