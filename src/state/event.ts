import type { Revision, WatchEvent } from "../api/key-value.ts";
import { eventOf, type HistoryRow, keyAt } from "./history.ts";
import { type Interval, intervalOf } from "./interval.ts";
import type { View } from "./range.ts";
import { type Refused, refusedCompacted } from "./refuse.ts";
import type { Sql, SqlValue } from "./sql.ts";
import {
  type VersionId,
  versionAfter,
  versionFirst,
  versionLast,
  versionPosition,
  versionRevision,
} from "./version.ts";

/** Which events, and what of them. */
export interface EventFilter {
  /** Only of this key, or of [key, end) as in a range. */
  readonly key?: Uint8Array;
  readonly end?: Uint8Array;
  /** With the key as it was just before. */
  readonly prev?: boolean;
  /** Of the first revision, only changes from this position on. */
  readonly position?: number;
  /** A revision that is larger than a page is split. */
  readonly split?: boolean;
}

export interface EventPage {
  readonly events: readonly WatchEvent[];
  /** Of each event, among the changes of its revision. */
  readonly positions: readonly number[];
  /** The revision to go on from: every event below it has been given. */
  readonly next: Revision;
  /** The position in `next` to go on from: not 0 only where a revision was split. */
  readonly position: number;
}

/** The first and the last revision, and the most that a page may hold. */
export type EventsAsked = [from: Revision, to: Revision, eventsMax: number, bytesMax: number, filter?: EventFilter];

type Size = { id: number; bytes: number };

/**
 * The events of the revisions `from` to `to`, both included, in order: at most so many events and bytes, but whole
 * revisions, and at least one; where revisions may be split, at least one event. A page of an interval's events ends
 * after so many of other keys, and may then have none.
 */
export function eventsRead(
  sql: Sql,
  view: View,
  ...[from, to, eventsMax, bytesMax, filter = {}]: EventsAsked
): EventPage | Refused {
  if (from < view.compact) return refusedCompacted(view.revision, view.compact);
  const last = Math.min(to, view.revision);
  if (from > last) return { events: [], positions: [], next: from, position: 0 };

  const first = versionFirst(from) + 2 * (filter.position ?? 0);
  const asked = sourceOf(filter);
  const limits = { first, last: versionLast(last), count: eventsMax + 1 };
  const early = asked.isWalk ? sizesEarly(sql, asked, limits) : undefined;
  const source = asked.isWalk && early === undefined ? byKeysIfFew(sql, asked) : asked;
  const walked = source.isWalk && early === undefined ? walkEnd(sql, first) : undefined;
  const lastId = Math.min(limits.last, walked ?? Number.POSITIVE_INFINITY);
  const sizes = early ?? sizesUpTo(sql, source, { ...limits, last: lastId });
  const end = pageEnd(sizes, eventsMax, bytesMax, filter.split === true) ?? lastId;
  const rows = sql.exec<HistoryRow>(
    `SELECT h.* ${source.text} ORDER BY ${source.id} LIMIT ?3`,
    first,
    end,
    -1,
    ...source.bindings,
  );
  return {
    events: rows.map((row) => (filter.prev ? withPrevious(sql, view, row) : eventOf(row))),
    positions: rows.map(({ id }) => versionPosition(id)),
    ...versionAfter(end),
  };
}

interface Looked {
  readonly first: VersionId;
  readonly last: VersionId;
  readonly count: number;
}

function sizesUpTo(sql: Sql, source: Source, { first, last, count }: Looked): readonly Size[] {
  return sql.exec<Size>(
    `SELECT h.id, length(h.key) + length(h.value) AS bytes ${source.text} ORDER BY ${source.id} LIMIT ?3`,
    first,
    last,
    count,
    ...source.bindings,
  );
}

/** The sizes of a full page that is found among the first versions of a walk; undefined where it takes more. */
function sizesEarly(sql: Sql, { bindings }: Source, { first, last, count }: Looked): readonly Size[] | undefined {
  const sizes = sql.exec<Size>(
    `SELECT id, bytes FROM (
      SELECT id, key, length(key) + length(value) AS bytes FROM history WHERE id BETWEEN ?1 AND ?2 ORDER BY id
        LIMIT ${WALK_ROWS_MAX}
    ) WHERE key >= ?4 AND key < ?5 LIMIT ?3`,
    first,
    last,
    count,
    ...bindings,
  );
  return sizes.length < count ? undefined : sizes;
}

/** Versions that one page looks at, of all keys, to find those of an interval; and whole revisions. */
const WALK_ROWS_MAX = 4_096;

/** Where a walk over all versions from `first` on has to end; undefined where it comes to the newest before. */
function walkEnd(sql: Sql, first: VersionId): VersionId | undefined {
  const query = "SELECT id FROM history WHERE id >= ? ORDER BY id LIMIT 1 OFFSET ?";
  const [beyond] = sql.exec<{ id: number }>(query, first, WALK_ROWS_MAX);
  return beyond && versionLast(versionRevision(beyond.id));
}

/** The last id of the last revision that fits, or undefined when all of them do. */
function pageEnd(sizes: readonly Size[], eventsMax: number, bytesMax: number, split: boolean): VersionId | undefined {
  let bytes = 0;
  const over = sizes.findIndex((size, index) => {
    bytes += size.bytes;
    return index >= eventsMax || bytes > bytesMax;
  });
  const [head, cut] = [sizes[0], sizes[over]];
  if (!head || !cut) return undefined;
  const whole = versionRevision(cut.id) - 1;
  if (whole >= versionRevision(head.id)) return versionLast(whole);
  const [last, next] = [sizes[Math.max(1, over) - 1], sizes[Math.max(1, over)]];
  const splits = split && last && next && versionRevision(next.id) === versionRevision(head.id);
  return splits ? last.id : versionLast(versionRevision(head.id));
}

interface Source {
  /** It passes versions of other keys. */
  readonly isWalk?: true;
  readonly text: string;
  /** The column to order by: that of the tree that is walked, or SQLite reads all of it and sorts. */
  readonly id: "h.id" | "v.id";
  readonly bindings: readonly SqlValue[];
}

function sourceOf(filter: EventFilter): Source {
  if (!filter.key) return { text: "FROM history h WHERE h.id BETWEEN ?1 AND ?2", id: "h.id", bindings: [] };
  const interval: Interval = intervalOf(filter.key, filter.end);
  switch (interval.kind) {
    case "point":
      return {
        text: "FROM version v CROSS JOIN history h ON h.id = v.id WHERE v.key = ?4 AND v.id BETWEEN ?1 AND ?2",
        id: "v.id",
        bindings: [interval.key],
      };
    case "span":
      return {
        text: "FROM history h WHERE h.id BETWEEN ?1 AND ?2 AND h.key >= ?4 AND h.key < ?5",
        id: "h.id",
        bindings: [interval.from, interval.to],
        isWalk: true,
      };
  }
}

/** An interval with few versions is read by its keys, and sorted; another by walking over all that changed. */
function byKeysIfFew(sql: Sql, walk: Source): Source {
  const query = "SELECT 1 FROM version WHERE key >= ? AND key < ? LIMIT 1 OFFSET ?";
  if (sql.exec(query, ...walk.bindings, WALK_ROWS_MAX).length > 0) return walk;
  const ids = "v.key >= ?4 AND v.key < ?5 AND v.id BETWEEN ?1 AND ?2";
  const text = `FROM version v CROSS JOIN history h ON h.id = v.id WHERE ${ids}`;
  return { text, id: "v.id", bindings: walk.bindings };
}

/** As in etcd: the key at the revision before, which must not be compacted. */
function withPrevious(sql: Sql, view: View, row: HistoryRow): WatchEvent {
  const event = eventOf(row);
  const before = event.kv.modRevision - 1;
  const prev = before < view.compact ? undefined : keyAt(sql, row.key, versionLast(before));
  return { ...event, ...(prev ? { prev } : {}) };
}
