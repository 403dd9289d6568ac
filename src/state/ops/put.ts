import type { KeyValue, LeaseId, Revision } from "../../api/key-value.ts";
import { changeAppend } from "../change.ts";
import { type Condition, conditionLevel, conditionRefused } from "../condition.ts";
import { type Head, keyAt, NO_LEASE } from "../history.ts";
import { kvsBytes } from "../kvs-bytes.ts";
import { leaseAttach, leaseDetach, leaseOf } from "../lease.ts";
import { OP_OVERHEAD_BYTES, operation } from "../operation.ts";
import { USAGE_NONE, type UsageChange, usageChange, usageSize } from "../quota.ts";
import { quotaRefused } from "../quota-refused.ts";
import { type Refused, refused } from "../refuse.ts";
import { keyLevel } from "../system-space.ts";
import { type Turn, turnAnswer, turnRevision, Withdrawal } from "../turn.ts";

export interface PutOp {
  readonly kind: "put";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Media type the value is served with; absent means `application/octet-stream`. */
  readonly contentType?: string;
  readonly lease?: LeaseId;
  readonly condition?: Condition;
  /** Answer with the key as it was before. */
  readonly prevKv?: boolean;
  /** etcd: keep the current value (the key must exist). */
  readonly ignoreValue?: boolean;
  /** etcd: keep the current lease (the key must exist). */
  readonly ignoreLease?: boolean;
}

export interface PutResult {
  readonly kind: "put";
  readonly revision: Revision;
  readonly prev?: KeyValue;
  /** Version of the key after the put; 1 means it was created. */
  readonly version: number;
  /** Keys and values were left out: there was no memory for them beside those of other commands. */
  readonly omitted?: true;
}

/** What most results are: those without the value before. */
type KeptPut = readonly [revision: number, version: number];

export const put = operation<PutOp, PutResult>({
  kind: "put",
  since: 0,
  withoutBodies: ({ prev: _, ...result }) => ({ ...result, omitted: true }),
  fields: {
    key: 0,
    value: 0,
    contentType: 0,
    lease: 0,
    condition: 0,
    prevKv: 0,
    ignoreValue: 0,
    ignoreLease: 0,
  },
  outcome: 1,
  nested: ({ key, condition }) => Math.max(keyLevel(key), conditionLevel(condition)),
  run(turn, op) {
    turn.cost?.spend(1);
    return putRefused(turn, op) ?? putRun(turn, op);
  },
  canWithdraw: ({ prevKv, ignoreValue, ignoreLease }) => Boolean(prevKv || ignoreValue || ignoreLease),
  keys: ({ key }) => [key],
  bytes: ({ key, value }) => OP_OVERHEAD_BYTES + key.byteLength + value.byteLength,
  resultBytes: ({ prev }) => kvsBytes(prev === undefined ? [] : [prev]),
  hasBytes: ({ prev }) => prev !== undefined,
  kept: {
    shorten: (result) => (result.prev ? result : ([result.revision, result.version] satisfies KeptPut)),
    owns: Array.isArray,
    restore(kept) {
      const [revision, version] = kept as KeptPut;
      return { kind: "put", revision, version };
    },
  },
});

/*
 * What may refuse a put, asked before anything is changed, in etcd's order.
 */

/** A put that is the whole command. */
function putRefused(turn: Turn, op: PutOp): Refused | undefined {
  return (
    putContradicts(turn, op) ??
    conditionRefused(turn, op) ??
    putLeaseRefused(turn, op) ??
    putKeyRefused(turn, op) ??
    putQuotaRefused(turn, op)
  );
}

/** A put inside a transaction; etcd asks for the key before the lease here. */
export function putPartRefused(turn: Turn, op: PutOp): Refused | undefined {
  return conditionRefused(turn, op) ?? putKeyRefused(turn, op) ?? putLeaseRefused(turn, op);
}

export function putContradicts(turn: Turn, op: PutOp): Refused | undefined {
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

/** Counts what a put is going to add to what the store holds. */
export function putCount(turn: Turn, { key, value, ignoreValue }: PutOp, growth: UsageChange): void {
  const before = turn.heads.of(key)?.size;
  usageChange(growth, key, before, ignoreValue === true ? (before ?? 0) : usageSize(key, value));
}

function putQuotaRefused(turn: Turn, op: PutOp): Refused | undefined {
  return quotaRefused(turn, () => {
    const growth = { ...USAGE_NONE };
    putCount(turn, op, growth);
    return growth;
  });
}

/**
 * Writes a key. Whatever could refuse it has been checked. Rows written: `history` and `version`, and one in
 * `lease_key` for each of a lease left and a lease joined.
 */
export function putRun(turn: Turn, op: PutOp): PutResult {
  const head = turn.heads.of(op.key);
  if (!head && (op.ignoreValue || op.ignoreLease)) throw new Withdrawal("key-not-found");
  // The old value is read only by those who need it: it may be a megabyte.
  const old = head && (op.prevKv || op.ignoreValue) ? keyAt(turn.sql, op.key) : undefined;
  const kv = written(turn, op, head, old);

  const lease = head?.lease ?? NO_LEASE;
  if (lease !== kv.lease) {
    leaseDetach(turn.direct, lease, op.key);
    leaseAttach(turn.direct, kv.lease, op.key);
  }
  changeAppend(turn, kv, false);
  if (op.prevKv && old) turnAnswer(turn, [old]);
  return {
    kind: "put",
    revision: turnRevision(turn),
    version: kv.version,
    ...(op.prevKv && old ? { prev: old } : {}),
  };
}

function written(turn: Turn, op: PutOp, head: Head | undefined, old: KeyValue | undefined): KeyValue {
  const revision = turn.before + 1;
  const contentType = op.contentType ?? (op.ignoreValue ? old?.contentType : undefined);
  return {
    key: op.key,
    value: op.ignoreValue && old ? old.value : op.value,
    ...(contentType ? { contentType } : {}),
    createRevision: head?.created ?? revision,
    modRevision: revision,
    version: (head?.version ?? 0) + 1,
    lease: (op.ignoreLease ? head?.lease : op.lease) ?? NO_LEASE,
  };
}
