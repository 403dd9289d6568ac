import type { KeyRange } from "../api/key-range.ts";
import type { KeyValue, LeaseId, Revision, WatchEvent } from "../api/key-value.ts";
import type { RangeOp, RangeResult, Refused } from "./command.ts";
import type { Quotas, Usage } from "./quota.ts";
import type { VersionId } from "./version.ts";

/** A lease, and at most so many of its keys, from after one of them on. */
export interface LeaseQuery {
  readonly kind: "lease";
  readonly lease: LeaseId;
  readonly keys?: { readonly limit: number; readonly after?: Uint8Array };
}

/** At most so many leases, the smallest ids first, from after one of them on. */
export interface LeasesQuery {
  readonly kind: "leases";
  readonly limit: number;
  readonly after?: LeaseId;
}

/** The direct children of a prefix, from after the child `after` on. */
export interface ChildrenQuery {
  readonly kind: "children";
  readonly prefix: Uint8Array;
  /** One byte. */
  readonly delimiter: number;
  readonly after?: Uint8Array;
  /** Keys and common prefixes together, at most. */
  readonly limit: number;
  /** 0 or absent: the newest. */
  readonly revision?: Revision;
  readonly keysOnly?: boolean;
}

/** Changes of all keys and documents that are kept, the oldest first (`audit.ts`). */
export interface AuditQuery {
  readonly kind: "audit";
  /** The first version that may be told; absent: the oldest that is kept. */
  readonly from?: VersionId;
  readonly limit: number;
  /** Only what this actor changed. */
  readonly actor?: string;
  /** Only changes of keys in it. */
  readonly range?: KeyRange;
  /** Changes of keys in it come with their values. */
  readonly withValues?: KeyRange;
}

/** Reads that a learner answers from its applied state. */
export type Query =
  | RangeOp
  | { readonly kind: "proposal"; readonly key: Uint8Array }
  | LeaseQuery
  | LeasesQuery
  | ChildrenQuery
  /** What the namespace holds, and may hold. */
  | { readonly kind: "usage" }
  | AuditQuery
  /** Every retained version of one key, newest first, below `before`. */
  | { readonly kind: "history"; readonly key: Uint8Array; readonly limit: number; readonly before?: Revision };

export type QueryResult =
  | Refused
  | RangeResult
  | { readonly kind: "usage"; readonly revision: Revision; readonly usage: Usage; readonly quotas: Quotas | null }
  | {
      readonly kind: "proposal";
      readonly revision: Revision;
      readonly chosen?: { readonly value: Uint8Array; readonly contentType?: string; readonly slot: number };
    }
  | {
      readonly kind: "lease";
      /** When the learner that answers applied the last renewal, by its own clock. */
      readonly heardMs: number;
      /** Seconds left as that learner measures them; filled in by it. */
      readonly remaining?: number;
      readonly revision: Revision;
      readonly lease: LeaseId;
      readonly grantedTtl: number;
      readonly renewals: number;
      readonly keys: readonly Uint8Array[];
      /** Whether it has more keys than these. */
      readonly more: boolean;
    }
  | {
      readonly kind: "leases";
      readonly revision: Revision;
      readonly leases: readonly LeaseId[];
      readonly more: boolean;
    }
  | {
      readonly kind: "children";
      readonly revision: Revision;
      readonly kvs: readonly KeyValue[];
      /** What the keys further down begin with, delimiter included. */
      readonly prefixes: readonly Uint8Array[];
      /** The last child of this page, when there are more. */
      readonly more?: Uint8Array;
    }
  | {
      readonly kind: "audit";
      readonly revision: Revision;
      readonly changes: readonly WatchEvent[];
      /** Where the next page begins; absent after the last. */
      readonly next?: VersionId;
    }
  | {
      readonly kind: "history";
      readonly revision: Revision;
      readonly versions: readonly WatchEvent[];
      readonly more: boolean;
    };
