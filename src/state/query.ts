import type { Query, QueryResult, Revision } from "./command.ts";
import { eventOf, type HistoryRow } from "./history.ts";
import { leaseKeys, leaseOf, leasesOf } from "./lease.ts";
import { proposalOf } from "./proposal.ts";
import { rangeRead, type View } from "./range.ts";
import { refused } from "./refuse.ts";
import type { Sql } from "./sql.ts";
import { versionFirst } from "./version.ts";

type HistoryQuery = Extract<Query, { kind: "history" }>;

/** Answers a read from the state as it is. */
export function queryAnswer(sql: Sql, view: View, query: Query): QueryResult {
  const { revision } = view;
  switch (query.kind) {
    case "range":
      return rangeRead(sql, view, query);
    case "proposal": {
      const found = proposalOf(sql, query.key);
      if (!found) return { kind: "proposal", revision };
      const { value, contentType, slot } = found;
      return { kind: "proposal", revision, chosen: { value, ...(contentType ? { contentType } : {}), slot } };
    }
    case "lease": {
      const held = leaseOf(sql, query.lease);
      if (!held) return refused("lease-not-found", revision);
      const keys = query.keys ? leaseKeys(sql, query.lease) : [];
      return { kind: "lease", revision, lease: held.lease, grantedTtl: held.ttl, renewals: held.renewals, keys };
    }
    case "leases":
      return { kind: "leases", revision, leases: leasesOf(sql).map((held) => held.lease) };
    case "history":
      return historyOf(sql, view, query);
  }
}

/**
 * The retained versions of a key, newest first: those from the compacted revision on, and the one that was the key's
 * state there. Physical compaction comes later and must not show.
 */
function historyOf(sql: Sql, view: View, query: HistoryQuery): QueryResult {
  const before: Revision = query.before && query.before > 0 ? query.before : view.revision + 1;
  const limit = Math.max(0, query.limit);
  const floor = versionFirst(Math.max(0, view.compact));
  // The newest version not above the compacted revision is the state there, unless it deletes the key.
  const rows = sql.exec<HistoryRow>(
    `SELECT h.* FROM version v CROSS JOIN history h ON h.id = v.id
      WHERE v.key = ?1 AND v.id < ?2 AND v.id >= coalesce(
        (SELECT max(id) FROM version WHERE key = ?1 AND id < ?3 AND NOT EXISTS
          (SELECT 1 FROM version WHERE key = ?1 AND id >= ?3 AND id < ?4)), ?3)
      ORDER BY v.id DESC LIMIT ?5`,
    query.key,
    versionFirst(before),
    floor,
    versionFirst(Math.max(0, view.compact) + 1),
    limit + 1,
  );
  const retained = rows.filter((row) => row.id >= floor || row.id % 2 === 0);
  const versions = retained.slice(0, limit).map(eventOf);
  return { kind: "history", revision: view.revision, versions, more: retained.length > limit };
}
