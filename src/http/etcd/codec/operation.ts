import { keyFault } from "../../../api/key.ts";
import type { LeaseId, Revision } from "../../../api/key-value.ts";
import { REQUEST_BYTES_MAX, TXN_OPS_MAX } from "../../../api/limits.ts";
import type { Compare, DeleteOp, PutOp, RangeOp, TxnOp, TxnPart } from "../../../state/command.ts";
import { EtcdError } from "./error.ts";
import { type MessageSpec, messageBytes } from "./message.ts";
import {
  COMPARE_TARGETS,
  type CompareRequest,
  type DeleteRangeRequest,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  SORT_TARGETS,
  type TxnRequest,
} from "./request.ts";

/*
 * etcd's requests as operations of the state machine, checked as etcd's front end checks them (server/etcdserver/
 * api/v3rpc/key.go): what needs no state is refused here, before anything is proposed.
 */

/** What etcd's server puts around a request before it measures it. */
const ENVELOPE_BYTES = 18;
/** No store gets so far, and it is safe to do arithmetic with. */
const REVISION_BEYOND = 2 ** 40;
const BEYOND = BigInt(REVISION_BEYOND);

/** The number as the state machine takes it: far beyond all that there is, or as it is. */
export function revisionOf(value: bigint): Revision {
  if (value > BEYOND) return REVISION_BEYOND;
  return value < -BEYOND ? -REVISION_BEYOND : Number(value);
}

export function leaseIdOf(value: bigint): LeaseId {
  return value.toString();
}

/** Refuses what is too large to be written. */
export function writeMustFit<T>(spec: MessageSpec<T>, message: T): void {
  if (messageBytes(spec, message) + ENVELOPE_BYTES > REQUEST_BYTES_MAX) throw EtcdError.named("request-too-large");
}

export function rangeOf(request: RangeRequest): RangeOp {
  keyMustBe(request.key);
  const sortBy = (["key", "version", "create", "mod", "value"] as const)[request.sort_target];
  if (sortBy === undefined) {
    // It ends an etcd server.
    throw new EtcdError("invalid-argument", `sort_target must be one of ${SORT_TARGETS.join(", ")}`);
  }
  const sortOrder = (["none", "ascend", "descend"] as const)[request.sort_order];
  return {
    kind: "range",
    key: request.key,
    ...endOf(request.range_end),
    revision: revisionOf(request.revision),
    limit: revisionOf(request.limit),
    // An order that etcd does not know is as good as none, for any target.
    ...(sortOrder === undefined ? {} : { sortBy, sortOrder }),
    keysOnly: request.keys_only,
    countOnly: request.count_only,
    minModRevision: revisionOf(request.min_mod_revision),
    maxModRevision: revisionOf(request.max_mod_revision),
    minCreateRevision: revisionOf(request.min_create_revision),
    maxCreateRevision: revisionOf(request.max_create_revision),
  };
}

export function putOf(request: PutRequest): PutOp {
  const { key, value, lease } = request;
  keyMustBe(key);
  if (request.ignore_value && value.length > 0) throw EtcdError.named("value-provided");
  if (request.ignore_lease && lease !== 0n) throw EtcdError.named("lease-provided");
  // A value may be as large as a request: etcd knows no other limit.
  if (keyFault(key) !== undefined) throw EtcdError.named("request-too-large");
  return {
    kind: "put",
    key,
    value,
    lease: leaseIdOf(lease),
    prevKv: request.prev_kv,
    ignoreValue: request.ignore_value,
    ignoreLease: request.ignore_lease,
  };
}

export function deleteOf(request: DeleteRangeRequest): DeleteOp {
  keyMustBe(request.key);
  return { kind: "delete", key: request.key, ...endOf(request.range_end), prevKv: request.prev_kv };
}

/** @param opsMax etcd counts down as it goes deeper. */
export function txnOf(request: TxnRequest, opsMax = TXN_OPS_MAX): TxnOp {
  const { compare, success, failure } = request;
  const ops = Math.max(compare.length, success.length, failure.length);
  if (ops > opsMax) throw EtcdError.named("too-many-ops");
  for (const { key } of compare) keyMustBe(key);
  const part = (op: RequestOp): TxnPart => partOf(op, opsMax - ops);
  return { kind: "txn", success: success.map(part), failure: failure.map(part), compare: compare.flatMap(compareOf) };
}

function partOf(op: RequestOp, opsMax: number): TxnPart {
  if (op.request_range !== undefined) return rangeOf(op.request_range);
  if (op.request_put !== undefined) return putOf(op.request_put);
  if (op.request_delete_range !== undefined) return deleteOf(op.request_delete_range);
  if (op.request_txn !== undefined) return txnOf(op.request_txn, opsMax);
  throw EtcdError.named("key-not-found");
}

/**
 * A comparison as etcd evaluates it, whatever it is: without the operand that goes with its target it compares with
 * that target's default. A result that etcd does not know holds always, except of the value of a key that is absent;
 * a target that it does not know is always equal to what it is compared with.
 */
function compareOf(request: CompareRequest): readonly Compare[] {
  const { key, target } = request;
  const interval = { key, ...endOf(request.range_end) };
  const result = (["equal", "greater", "less", "not-equal"] as const)[request.result];
  if (result === undefined) {
    if (target !== COMPARE_TARGETS.indexOf("VALUE")) return [];
    return [{ ...interval, result: "greater", target: { kind: "version", value: 0 } }];
  }
  const operand = operandOf(request);
  if (operand !== undefined) return [{ ...interval, result, target: operand }];
  // A version below zero: never.
  return result === "equal" ? [] : [{ ...interval, result: "less", target: { kind: "version", value: 0 } }];
}

function operandOf(request: CompareRequest): Compare["target"] | undefined {
  const { version = 0n, create_revision = 0n, mod_revision = 0n, value = new Uint8Array(), lease = 0n } = request;
  const operands: readonly Compare["target"][] = [
    { kind: "version", value: revisionOf(version) },
    { kind: "create", value: revisionOf(create_revision) },
    { kind: "mod", value: revisionOf(mod_revision) },
    { kind: "value", value },
    { kind: "lease", value: leaseIdOf(lease) },
  ];
  return operands[request.target];
}

function keyMustBe(key: Uint8Array): void {
  if (key.length === 0) throw EtcdError.named("empty-key");
}

function endOf(end: Uint8Array): { readonly end?: Uint8Array } {
  return end.length === 0 ? {} : { end };
}
