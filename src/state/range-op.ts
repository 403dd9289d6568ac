import type { KeyValue, Revision } from "../api/key-value.ts";

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

export interface RangeResult {
  readonly kind: "range";
  readonly revision: Revision;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
  /** Keys and values were left out: there was no memory for them beside those of other commands. */
  readonly omitted?: true;
}
