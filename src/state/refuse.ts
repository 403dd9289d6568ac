import type { KeyValue, Revision } from "../api/key-value.ts";
import type { Quota } from "./quota.ts";

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
  /** It would cost more than a command, or its entry, may. */
  | "too-expensive"
  | "expired"
  /** The request id was used before, for another request. */
  | "reused"
  /** The operation is of a feature level that the namespace has not reached. */
  | "upgrading"
  /** It was permitted under other documents than those that are in force where it stands in the log. */
  | "policy-changed"
  /** The store is being restored, and not whole yet. */
  | "restoring"
  /** A step of a restore that does not fit: the store is not fresh, or it is not the step that is due. */
  | "restore-conflict"
  /** The store would hold more than it may. */
  | "quota-exceeded";

export interface Refused {
  readonly kind: "refused";
  readonly why: Refusal;
  /** The store's revision when it was refused. */
  readonly revision: Revision;
  /** condition-failed: the key as it is (absent when it does not exist). */
  readonly current?: KeyValue;
  /** compacted: everything below this revision is gone. */
  readonly compactRevision?: Revision;
  /** quota-exceeded: which. */
  readonly quota?: Quota;
  /**
   * too-expensive: units counted, up to the first beyond what it was allowed, and what that was; quota-exceeded: what
   * would be held, and what may be.
   */
  readonly counted?: number;
  readonly limit?: number;
}

export function refused(why: Refusal, revision: Revision): Refused {
  return { kind: "refused", why, revision };
}

/** The key does not meet a native condition; `current` is the key as it is, if it exists. */
export function refusedCondition(revision: Revision, current: KeyValue | undefined): Refused {
  return { ...refused("condition-failed", revision), ...(current ? { current } : {}) };
}

export function refusedExpensive(revision: Revision, counted: number, limit: number): Refused {
  return { ...refused("too-expensive", revision), counted, limit };
}

export function refusedQuota(revision: Revision, quota: Quota, counted: number, limit: number): Refused {
  return { ...refused("quota-exceeded", revision), quota, counted, limit };
}

export function refusedCompacted(revision: Revision, compactRevision: Revision): Refused {
  return { ...refused("compacted", revision), compactRevision };
}
