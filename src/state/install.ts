import { decode, encode } from "@msgpack/msgpack";
import { bytesCompare } from "../api/bytes.ts";
import { invariant } from "../core/invariant.ts";
import { type Meta, metaLoad, metaSave } from "./meta.ts";
import { requestTableOf } from "./request.ts";
import { schemaCreate, schemaTables } from "./schema.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor, type SnapshotHead, type SnapshotPage } from "./snapshot.ts";
import type { Sql } from "./sql.ts";

/*
 * Installs a snapshot of another learner. Its rows are collected in tables beside the live ones, which go on serving
 * until, in one transaction, they are replaced. What is collected survives a restart, and is taken up again or begun
 * anew; it is never visible before it is whole.
 */

const STAGE = "stage_";

/** What is collected, and where the page still missing begins; null when none is. */
export interface InstallProgress {
  readonly slot: number;
  readonly next: SnapshotCursor | null;
}

export function installProgress(sql: Sql): InstallProgress | undefined {
  if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = ?", `${STAGE}progress`).length === 0) return undefined;
  const row = sql.exec<{ next: Uint8Array }>(`SELECT next FROM ${STAGE}progress`)[0];
  return row && { slot: metaLoad(sql, STAGE).applied, next: decode(row.next) as SnapshotCursor | null };
}

/** Begins anew, whatever was collected before. Leases count as renewed now: early is never. */
export function installBegin(sql: Sql, head: SnapshotHead, heardMs: number): void {
  stageDrop(sql);
  schemaCreate(sql, STAGE);
  sql.exec(`CREATE TABLE ${STAGE}progress (id INTEGER PRIMARY KEY CHECK (id = 1), next BLOB NOT NULL)`);
  sql.exec(`INSERT INTO ${STAGE}progress VALUES (1, ?)`, encode(SNAPSHOT_FIRST));
  metaSave(sql, head.meta, STAGE);
  for (const { lease, ttl, renewals } of head.leases) {
    sql.exec(`INSERT INTO ${STAGE}lease VALUES (?, ?, ?, ?)`, lease, ttl, renewals, heardMs);
  }
}

/** Collects a page. One that is not the next, because it is of another snapshot or came twice, is ignored. */
export function installPage(sql: Sql, page: SnapshotPage, bound: number): void {
  const progress = installProgress(sql);
  if (!progress || progress.slot !== page.slot || !cursorsEqual(progress.next, page.at)) return;
  stageRows(sql, page, bound);
  sql.exec(`UPDATE ${STAGE}progress SET next = ?`, encode(page.next));
}

/**
 * Replaces the state by what was collected, unless that is no newer.
 * @returns where the state machine stands now, or undefined if nothing was replaced.
 */
export function installFinish(sql: Sql, now: Meta): Meta | undefined {
  const progress = installProgress(sql);
  invariant(progress?.next === null, "a snapshot is installed whole");
  if (progress.slot <= now.applied) {
    stageDrop(sql);
    return undefined;
  }
  // A key goes with the lease of its newest version.
  sql.exec(`INSERT INTO ${STAGE}lease_key SELECT h.lease, h.key FROM ${STAGE}history h WHERE h.lease IS NOT NULL
    AND h.id = (SELECT max(id) FROM ${STAGE}version WHERE key = h.key)`);
  for (const table of schemaTables()) {
    sql.exec(`DROP TABLE ${table}`);
    sql.exec(`ALTER TABLE ${STAGE}${table} RENAME TO ${table}`);
  }
  sql.exec(`DROP TABLE ${STAGE}progress`);
  return metaLoad(sql);
}

function stageDrop(sql: Sql): void {
  for (const table of [...schemaTables(), "progress"]) sql.exec(`DROP TABLE IF EXISTS ${STAGE}${table}`);
}

function stageRows(sql: Sql, { content }: SnapshotPage, bound: number): void {
  switch (content.part) {
    case "request":
      for (const { id, slot, result } of content.rows) {
        sql.exec(`INSERT INTO ${STAGE}${requestTableOf(slot, bound)} VALUES (?, ?, ?)`, id, slot, result);
      }
      return;
    case "proposal":
      for (const { key, slot, request, type, value } of content.rows) {
        sql.exec(`INSERT INTO ${STAGE}proposal VALUES (?, ?, ?, ?, ?)`, key, slot, request, type, value);
      }
      return;
    case "history":
      for (const { id, key, created, version, lease, type, value } of content.rows) {
        sql.exec(
          `INSERT INTO ${STAGE}history VALUES (?, ?, ?, ?, ?, ?, ?)`,
          id,
          key,
          created,
          version,
          lease,
          type,
          value,
        );
        sql.exec(`INSERT INTO ${STAGE}version VALUES (?, ?)`, key, id);
      }
      return;
  }
}

function cursorsEqual(left: SnapshotCursor | null, right: SnapshotCursor): boolean {
  return left !== null && bytesCompare(encode(left), encode(right)) === 0;
}
