import type { KeyValue, LeaseId, Revision } from "../api/key-value.ts";

/**
 * What the log carries and what the state machine answers. Everything here is plain data that survives
 * encoding: bytes, strings, safe integers, booleans, arrays and objects.
 *
 * Keys and values are bytes. Lease ids are signed 64-bit integers written as decimal strings, because a
 * JavaScript number cannot hold them; `"0"` means no lease. Revisions and slots are safe integers.
 */

/** One request as it stands in the log. */
export interface Command {
  /** The request id. It stays the same through every retry; the result of a repeat is the first result. */
  readonly id: string;
  /** The first slot it was proposed for, set once before anything was sent (protocol, "Exactly once"). */
  readonly birth: number;
  readonly op: Op;
}

export type Op =
  | PutOp
  | DeleteOp
  | TxnOp
  | ProposeOp
  | LeaseGrantOp
  | LeaseKeepAliveOp
  | LeaseRevokeOp
  | LeaseExpireOp
  | CompactOp;

/** What must hold of the key for a native write to take effect; otherwise `condition-failed`. */
export type Condition =
  | { readonly kind: "absent" }
  | { readonly kind: "present" }
  | { readonly kind: "mod-revision"; readonly anyOf: readonly Revision[] };

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

export interface DeleteOp {
  readonly kind: "delete";
  readonly key: Uint8Array;
  /** End of the half-open interval [key, end); a single zero byte means "from key on"; absent means the one key. */
  readonly end?: Uint8Array;
  /** Only for a single key. */
  readonly condition?: Condition;
  readonly prevKv?: boolean;
}

/** A range read: alone as a query, or inside a transaction. Field meanings are etcd's RangeRequest. */
export interface RangeOp {
  readonly kind: "range";
  readonly key: Uint8Array;
  readonly end?: Uint8Array;
  /** 0 or absent: the newest. */
  readonly revision?: Revision;
  /** 0 or absent: no limit of the caller's. */
  readonly limit?: number;
  readonly sortBy?: "key" | "version" | "create" | "mod" | "value";
  readonly sortOrder?: "none" | "ascend" | "descend";
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  /** Not etcd's: `count` is the number of keys in the answer, which spares a page the counting of all the others. */
  readonly uncounted?: boolean;
  /** Not etcd's, and only for `uncounted` reads in key order: a page ends before it has more, after one key at least. */
  readonly pageBytes?: number;
  readonly minModRevision?: Revision;
  readonly maxModRevision?: Revision;
  readonly minCreateRevision?: Revision;
  readonly maxCreateRevision?: Revision;
}

export interface Compare {
  readonly key: Uint8Array;
  readonly end?: Uint8Array;
  readonly result: "equal" | "not-equal" | "greater" | "less";
  readonly target:
    | { readonly kind: "version" | "create" | "mod"; readonly value: number }
    | { readonly kind: "value"; readonly value: Uint8Array }
    | { readonly kind: "lease"; readonly value: LeaseId };
}

export type TxnPart = PutOp | DeleteOp | RangeOp | TxnOp;

export interface TxnOp {
  readonly kind: "txn";
  readonly compare: readonly Compare[];
  readonly success: readonly TxnPart[];
  readonly failure: readonly TxnPart[];
}

/** Write-once consensus on a key of its own key space: the first value is chosen for ever. */
export interface ProposeOp {
  readonly kind: "propose";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly contentType?: string;
}

export interface LeaseGrantOp {
  readonly kind: "lease-grant";
  readonly lease: LeaseId;
  /** Seconds. */
  readonly ttl: number;
}
export interface LeaseKeepAliveOp {
  readonly kind: "lease-keep-alive";
  readonly lease: LeaseId;
}
export interface LeaseRevokeOp {
  readonly kind: "lease-revoke";
  readonly lease: LeaseId;
}
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
export interface CompactOp {
  readonly kind: "compact";
  readonly revision: Revision;
}

/** Why a command (or query) had no effect. A refusal is replicated data like any other result. */
export type Refusal =
  | "condition-failed"
  | "compacted"
  | "future-revision"
  | "key-not-found"
  | "lease-not-found"
  | "lease-exists"
  | "lease-ttl-too-large"
  | "duplicate-key"
  | "value-provided"
  | "lease-provided"
  /** More changes, or more bytes of previous values and ranges, than one command may have. */
  | "too-many-changes"
  | "answer-too-large"
  | "expired";

export interface Refused {
  readonly kind: "refused";
  readonly why: Refusal;
  /** The store's revision when it was refused. */
  readonly revision: Revision;
  /** condition-failed: the key as it is (absent when it does not exist). */
  readonly current?: KeyValue;
  /** compacted: everything below this revision is gone. */
  readonly compactRevision?: Revision;
}

/** `revision` is always the store's revision after the command. */
export type Result =
  | Refused
  | PutResult
  | DeleteResult
  | TxnResult
  | ProposeResult
  | {
      readonly kind: "lease-grant" | "lease-keep-alive";
      readonly revision: Revision;
      readonly lease: LeaseId;
      readonly ttl: number;
    }
  | { readonly kind: "lease-revoke" | "lease-expire"; readonly revision: Revision; readonly deleted: number }
  | { readonly kind: "compact"; readonly revision: Revision }
  /** A repeat of a request whose first result was too large to keep: it took effect once, at `revision`. */
  | { readonly kind: "applied-before"; readonly revision: Revision };

export interface PutResult {
  readonly kind: "put";
  readonly revision: Revision;
  readonly prev?: KeyValue;
  /** Version of the key after the put; 1 means it was created. */
  readonly version: number;
}
export interface DeleteResult {
  readonly kind: "delete";
  readonly revision: Revision;
  readonly deleted: number;
  readonly prev?: readonly KeyValue[];
}
export interface RangeResult {
  readonly kind: "range";
  readonly revision: Revision;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
}
export type TxnPartResult = PutResult | DeleteResult | RangeResult | TxnResult;
export interface TxnResult {
  readonly kind: "txn";
  readonly revision: Revision;
  readonly succeeded: boolean;
  readonly parts: readonly TxnPartResult[];
}
export interface ProposeResult {
  readonly kind: "propose";
  readonly revision: Revision;
  /** The chosen value, whoever proposed it. */
  readonly value: Uint8Array;
  readonly contentType?: string;
  /** Whether this very request's value is the chosen one. */
  readonly won: boolean;
  /** The slot in which it was chosen. */
  readonly slot: number;
}
