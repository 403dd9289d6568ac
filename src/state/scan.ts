import type { Interval } from "./interval.ts";
import type { SqlValue } from "./sql.ts";
import type { VersionId } from "./version.ts";

/** A query over the versions that make up the state at one version id, one for each key that exists there. */
export interface Scan {
  /** `WITH` clause that defines `live(id)`; what follows joins it to `history h`. */
  readonly with: string;
  readonly bindings: readonly SqlValue[];
}

/**
 * Steps from key to key by seeking in the primary key of `version`, then to each key's newest version, so that the
 * work is for the keys passed, whatever the number of their versions and of other keys. Nothing is computed beyond
 * what the query that follows takes: a limit there ends the scan.
 */
export function scanOf(interval: Interval, at: VersionId, descending = false): Scan {
  if (interval.kind === "point") {
    // `max(id)` here, which is no scalar subquery, would read every version of the key (SQLite 3.51).
    const newestOfPoint = "SELECT id FROM version WHERE key = ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1";
    return { with: `WITH live(id) AS (${newestOfPoint})`, bindings: [interval.key, at] };
  }
  const [pick, next] = descending ? ["max", "key >= ?1 AND key < step.key"] : ["min", "key > step.key AND key < ?3"];
  return {
    with: `WITH RECURSIVE step(key) AS (
        SELECT (SELECT ${pick}(key) FROM version WHERE key >= ?1 AND key < ?3)
        UNION ALL SELECT (SELECT ${pick}(key) FROM version WHERE ${next}) FROM step WHERE step.key IS NOT NULL
      ), live(id) AS (SELECT (${newest("step.key", "?2")}) FROM step WHERE step.key IS NOT NULL)`,
    bindings: [interval.from, at, interval.to],
  };
}

function newest(key: string, at: string): string {
  return `SELECT max(id) FROM version WHERE version.key = ${key} AND version.id <= ${at}`;
}
