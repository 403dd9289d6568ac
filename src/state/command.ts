import type { Revision } from "../api/key-value.ts";
import type { Op } from "./ops/registry.ts";

/*
 * What the log carries and what the state machine answers. Everything here is plain data that survives
 * encoding: bytes, strings, safe integers, booleans, arrays and objects.
 *
 * Keys and values are bytes. Lease ids are signed 64-bit integers written as decimal strings, because a
 * JavaScript number cannot hold them; `"0"` means no lease. Revisions and slots are safe integers.
 */

export type { Condition } from "./condition.ts";
export type { CompactOp } from "./ops/compact.ts";
export type { DeleteOp, DeleteResult } from "./ops/delete.ts";
export type { LeaseExpireOp } from "./ops/lease-expire.ts";
export type { LeaseGrantOp } from "./ops/lease-grant.ts";
export type { LeaseKeepAliveOp } from "./ops/lease-keep-alive.ts";
export type { LeaseRevokeOp } from "./ops/lease-revoke.ts";
export type { ProposeOp, ProposeResult } from "./ops/propose.ts";
export type { PutOp, PutResult } from "./ops/put.ts";
export type { RaiseOp, RaiseResult } from "./ops/raise.ts";
export type { Op, Result } from "./ops/registry.ts";
export type { Compare, TxnOp, TxnPart, TxnPartResult, TxnResult } from "./ops/txn-op.ts";
export type { RangeOp, RangeResult } from "./range-op.ts";
export type { Refusal, Refused } from "./refuse.ts";

/** One request as it stands in the log. */
export interface Command {
  /** The request id. It stays the same through every retry; the result of a repeat is the first result. */
  readonly id: string;
  /** The first slot it was proposed for, set once before anything was sent (protocol, "Exactly once"). */
  readonly birth: number;
  /**
   * The fingerprint of the client's request, by which a second request under the same id is told from a retry. It
   * counts from level 1 on; a command without one matches any.
   */
  readonly print?: string;
  /** The policy revision that it was permitted under; from `LEVEL_DOCUMENTS` on, as what follows. Absent: 0. */
  readonly stamp?: Revision;
  /** Who asked for it, and when the router took it, in milliseconds since 1970: labels of the versions it writes. */
  readonly actor?: string;
  readonly time?: number;
  readonly op: Op;
}
