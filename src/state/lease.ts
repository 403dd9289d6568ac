import type { LeaseId } from "../api/key-value.ts";
import { NO_LEASE } from "./history.ts";
import type { Sql } from "./sql.ts";

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

/** The ids of at most `limit` leases, from after one of them on, in the order in which they are stored. */
export function leaseIds(sql: Sql, limit: number, after: LeaseId = ""): readonly LeaseId[] {
  const query = "SELECT lease FROM lease WHERE lease > ? ORDER BY lease LIMIT ?";
  return sql.exec<{ lease: string }>(query, after, limit).map(({ lease }) => lease);
}

/** Whether more than `count` leases are held. */
export function leasesExceed(sql: Sql, count: number): boolean {
  return sql.exec("SELECT 1 FROM lease LIMIT 1 OFFSET ?", count).length > 0;
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
