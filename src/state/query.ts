import type { Revision } from "../api/key-value.ts";
import { PAGE_BYTES_MAX } from "../api/limits.ts";
import { auditOf } from "./audit.ts";
import { childrenOf } from "./children.ts";
import { eventOf, type HistoryRow } from "./history.ts";
import { intervalOf } from "./interval.ts";
import { leaseIds, leaseKeys, leaseOf } from "./lease.ts";
import { KEY_OVERHEAD_BYTES } from "./limits.ts";
import { proposalOf } from "./proposal.ts";
import type { LeaseQuery, Query, QueryResult } from "./queries.ts";
import type { Quotas, Usage } from "./quota.ts";
import { rangePages, rangeRead, type View } from "./range.ts";
import type { RangeOp } from "./range-op.ts";
import { type Refused, refused, refusedExpensive } from "./refuse.ts";
import { intervalUnits, NOT_COMPACTED } from "./scan-cost.ts";
import type { Sql } from "./sql.ts";
import { versionDeletes, versionFirst } from "./version.ts";

type HistoryQuery = Extract<Query, { kind: "history" }>;

interface Held {
  readonly usage: Usage;
  readonly quotas: Quotas | null;
}

/** Answers a read from the state as it is. */
export function queryAnswer(sql: Sql, view: View & Held, query: Query, costMax: number): QueryResult {
  const { revision } = view;
  if (view.restore !== null) return refused("restoring", revision);
  switch (query.kind) {
    case "range":
      return rangeExpensive(sql, view, query, costMax) ?? rangeRead(sql, view, query);
    case "proposal": {
      const found = proposalOf(sql, query.key);
      if (!found) return { kind: "proposal", revision };
      const { value, contentType, slot } = found;
      return { kind: "proposal", revision, chosen: { value, ...(contentType ? { contentType } : {}), slot } };
    }
    case "lease":
      return leaseAnswer(sql, revision, query);
    case "leases": {
      const found = leaseIds(sql, query.limit + 1, query.after);
      return { kind: "leases", revision, leases: found.slice(0, query.limit), more: found.length > query.limit };
    }
    case "children":
      return childrenOf(sql, view, query);
    case "audit":
      return auditOf(sql, view, query);
    case "history":
      return historyOf(sql, view, query);
    case "usage":
      return { kind: "usage", revision, usage: view.usage, quotas: view.quotas };
  }
}

/** A page in key order costs what it holds. All else looks at the whole interval. */
function rangeExpensive(sql: Sql, view: View, query: RangeOp, costMax: number): Refused | undefined {
  const interval = intervalOf(query.key, query.end);
  if (interval.kind === "point" || rangePages(query)) return undefined;
  const use = { values: query.sortBy === "value" };
  const counted = intervalUnits(sql, NOT_COMPACTED, interval, use, costMax);
  return counted > costMax ? refusedExpensive(view.revision, counted, costMax) : undefined;
}

function leaseAnswer(sql: Sql, revision: Revision, { lease, keys: asked }: LeaseQuery): QueryResult {
  const held = leaseOf(sql, lease);
  if (!held) return refused("lease-not-found", revision);
  const keys = asked === undefined ? [] : leaseKeys(sql, lease, asked.limit + 1, asked.after);
  const { ttl: grantedTtl, renewals, heardMs } = held;
  const more = asked !== undefined && keys.length > asked.limit;
  return { kind: "lease", revision, lease, grantedTtl, renewals, heardMs, keys: more ? keys.slice(0, -1) : keys, more };
}

/**
 * The retained versions of a key, newest first: those from the compacted revision on, and the one that was the key's
 * state there. Physical compaction comes later and must not show. Stops early, with `more`, at `PAGE_BYTES_MAX`.
 */
function historyOf(sql: Sql, view: View, query: HistoryQuery): QueryResult {
  const sizes = historySizes(sql, view, query);
  let bytes = 0;
  const over = sizes.findIndex((size, index) => {
    bytes += size.bytes + KEY_OVERHEAD_BYTES;
    return index >= query.limit || (index > 0 && bytes > PAGE_BYTES_MAX);
  });
  const taken = over < 0 ? sizes : sizes.slice(0, over);
  const rows = taken.flatMap(({ id }) => sql.exec<HistoryRow>("SELECT * FROM history WHERE id = ?", id));
  return { kind: "history", revision: view.revision, versions: rows.map(eventOf), more: over >= 0 };
}

function historySizes(sql: Sql, view: View, query: HistoryQuery): readonly { id: number; bytes: number }[] {
  const compact = Math.max(0, view.compact);
  const before = query.before && query.before > 0 ? query.before : view.revision + 1;
  const rows = sql.exec<{ id: number; bytes: number }>(
    `SELECT h.id, length(h.key) + length(h.value) AS bytes FROM version v CROSS JOIN history h ON h.id = v.id
      WHERE v.key = ?1 AND v.id < ?2 AND v.id >= CASE
        WHEN EXISTS (SELECT 1 FROM version WHERE key = ?1 AND id >= ?3 AND id < ?4) THEN ?3
        ELSE coalesce((SELECT max(id) FROM version WHERE key = ?1 AND id < ?3), ?3) END
      ORDER BY v.id DESC LIMIT ?5`,
    query.key,
    versionFirst(before),
    versionFirst(compact),
    versionFirst(compact + 1),
    query.limit + 1,
  );
  // A key that was deleted before the compacted revision has no state there.
  return rows.filter(({ id }) => id >= versionFirst(compact) || !versionDeletes(id));
}
