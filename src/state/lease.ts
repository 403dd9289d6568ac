import type { LeaseId } from "../api/key-value.ts";
import { LEASE_TTL_SECONDS_MAX, LEASE_TTL_SECONDS_MIN } from "../api/limits.ts";
import { changeAppend } from "./change.ts";
import type { LeaseExpireOp, LeaseGrantOp, LeaseKeepAliveOp, LeaseRevokeOp, Result } from "./command.ts";
import { NO_LEASE, tombstone } from "./history.ts";
import { CHANGES_PER_COMMAND_MAX } from "./limits.ts";
import { refused } from "./refuse.ts";
import type { Sql } from "./sql.ts";
import { type Turn, turnRevision } from "./turn.ts";

/** A lease as learners need it for their timers. */
export interface LeaseHeld {
  readonly lease: LeaseId;
  /** Seconds, as granted. */
  readonly ttl: number;
  /** Changes with every grant and renewal, and never comes back: the slot of the last one. */
  readonly renewals: number;
  /** When this learner applied that slot, in milliseconds of its own clock; says nothing elsewhere. */
  readonly heardMs: number;
}

type LeaseRow = { lease: string; ttl: number; renewals: number; heardMs: number };

const COLUMNS = "lease, ttl, renewals, heard_ms AS heardMs";

export function leaseOf(sql: Sql, lease: LeaseId): LeaseHeld | undefined {
  return sql.exec<LeaseRow>(`SELECT ${COLUMNS} FROM lease WHERE lease = ?`, lease)[0];
}

/** At most `limit` leases, from after one of them on, in the order of their ids as text, which is how they are stored. */
export function leasesOf(sql: Sql, limit: number, after: LeaseId = ""): readonly LeaseHeld[] {
  return sql.exec<LeaseRow>(`SELECT ${COLUMNS} FROM lease WHERE lease > ? ORDER BY lease LIMIT ?`, after, limit);
}

/** Every lease, by id: shorter decimals are smaller numbers. */
export function leasesAll(sql: Sql): readonly LeaseHeld[] {
  return sql.exec<LeaseRow>(`SELECT ${COLUMNS} FROM lease ORDER BY length(lease), lease`);
}

/** The ids of at most `limit` leases, the smallest first: those larger than `after`. */
export function leaseIds(sql: Sql, limit: number, after: LeaseId = NO_LEASE): readonly LeaseId[] {
  const rows = sql.exec<{ lease: string }>(
    `SELECT lease FROM lease WHERE length(lease) > length(?1) OR (length(lease) = length(?1) AND lease > ?1)
      ORDER BY length(lease), lease LIMIT ?2`,
    after,
    limit,
  );
  return rows.map((row) => row.lease);
}

/** At most `limit` of the keys that go with a lease, in key order: those after `after`. */
export function leaseKeys(sql: Sql, lease: LeaseId, limit: number, after?: Uint8Array): readonly Uint8Array[] {
  const rows = sql.exec<{ key: Uint8Array }>(
    "SELECT key FROM lease_key WHERE lease = ? AND key > ? ORDER BY key LIMIT ?",
    lease,
    after ?? new Uint8Array(),
    limit,
  );
  return rows.map((row) => row.key);
}

export function leaseAttach(sql: Sql, lease: LeaseId, key: Uint8Array): void {
  if (lease !== NO_LEASE) sql.exec("INSERT INTO lease_key VALUES (?, ?)", lease, key);
}

export function leaseDetach(sql: Sql, lease: LeaseId, key: Uint8Array): void {
  if (lease !== NO_LEASE) sql.exec("DELETE FROM lease_key WHERE lease = ? AND key = ?", lease, key);
}

/** One row written. As in etcd, a TTL that is too short is raised, not refused. */
export function leaseGrant(turn: Turn, op: LeaseGrantOp): Result {
  if (op.lease === NO_LEASE) return refused("lease-not-found", turn.before);
  if (!(op.ttl <= LEASE_TTL_SECONDS_MAX)) return refused("lease-ttl-too-large", turn.before);
  if (leaseOf(turn.direct, op.lease)) return refused("lease-exists", turn.before);
  const ttl = Math.max(op.ttl, LEASE_TTL_SECONDS_MIN);
  turn.direct.exec("INSERT INTO lease VALUES (?, ?, ?, ?)", op.lease, ttl, turn.slot, turn.heardMs);
  return { kind: "lease-grant", revision: turn.before, lease: op.lease, ttl };
}

/** One row written. */
export function leaseKeepAlive(turn: Turn, op: LeaseKeepAliveOp): Result {
  const held = leaseOf(turn.direct, op.lease);
  if (!held) return refused("lease-not-found", turn.before);
  turn.direct.exec("UPDATE lease SET renewals = ?, heard_ms = ? WHERE lease = ?", turn.slot, turn.heardMs, op.lease);
  return { kind: "lease-keep-alive", revision: turn.before, lease: op.lease, ttl: held.ttl };
}

export function leaseRevoke(turn: Turn, op: LeaseRevokeOp): Result {
  if (!leaseOf(turn.direct, op.lease)) return refused("lease-not-found", turn.before);
  return { kind: "lease-revoke", ...leaseEnd(turn, op.lease) };
}

/** Ends the lease, unless it was renewed, or ended, since the learner began to measure. */
export function leaseExpire(turn: Turn, op: LeaseExpireOp): Result {
  const due = leaseOf(turn.direct, op.lease)?.renewals === op.renewals;
  const ended = due ? leaseEnd(turn, op.lease) : { revision: turn.before, deleted: 0 };
  return { kind: "lease-expire", ...ended };
}

/**
 * Deletes the lease and its keys, in key order and one revision: three rows written for each key. A lease with more
 * keys than one command may change goes in instalments, and stays until the last.
 */
function leaseEnd(turn: Turn, lease: LeaseId): { readonly revision: number; readonly deleted: number } {
  const keys = leaseKeys(turn.direct, lease, CHANGES_PER_COMMAND_MAX);
  for (const key of keys) {
    leaseDetach(turn.direct, lease, key);
    changeAppend(turn, tombstone(key, turn.before + 1), true);
  }
  if (keys.length < CHANGES_PER_COMMAND_MAX) turn.direct.exec("DELETE FROM lease WHERE lease = ?", lease);
  return { revision: turnRevision(turn), deleted: keys.length };
}
