import { decode, encode } from "@msgpack/msgpack";
import { bytesCompare } from "../api/bytes.ts";
import { invariant } from "../core/invariant.ts";
import { type Meta, metaGuard, metaLevel, metaLoad, metaSave, metaTable } from "./meta.ts";
import { requestTableOf } from "./request.ts";
import { schemaStage, schemaTables } from "./schema.ts";
import {
  type LeaseRow,
  SNAPSHOT_FIRST,
  SNAPSHOT_FORMAT,
  type SnapshotCursor,
  type SnapshotHead,
  type SnapshotPage,
} from "./snapshot.ts";
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
  const table = sql.exec<{ sql: string }>("SELECT sql FROM sqlite_master WHERE name = ?", `${STAGE}progress`)[0];
  // Before snapshots had formats, the table had no column for one.
  if (!table?.sql.includes("format")) return undefined;
  const row = sql.exec<{ next: Uint8Array }>(`SELECT next FROM ${STAGE}progress WHERE format = ?`, SNAPSHOT_FORMAT)[0];
  return row && { slot: metaLoad(sql, STAGE).applied, next: decode(row.next) as SnapshotCursor | null };
}

/** Begins anew, whatever was collected before. Leases count as renewed now: early is never. */
export function installBegin(sql: Sql, head: SnapshotHead, heardMs: number): void {
  stageDrop(sql);
  schemaStage(sql, STAGE, head.meta.level);
  sql.exec(
    `CREATE TABLE ${STAGE}progress (id INTEGER PRIMARY KEY CHECK (id = 1), next BLOB NOT NULL, format INTEGER NOT NULL)`,
  );
  sql.exec(`INSERT INTO ${STAGE}progress VALUES (1, ?, ?)`, encode(SNAPSHOT_FIRST), head.format);
  metaSave(sql, head.meta, STAGE);
  stageLeases(sql, head.leases, heardMs);
}

function stageLeases(sql: Sql, leases: readonly LeaseRow[], heardMs: number): void {
  for (const { lease, ttl, renewals } of leases) {
    sql.exec(`INSERT INTO ${STAGE}lease VALUES (?, ?, ?, ?)`, lease, ttl, renewals, heardMs);
  }
}

/** Collects a page. One that is not the next, because it is of another snapshot or came twice, is ignored. */
export function installPage(sql: Sql, page: SnapshotPage, bound: number, heardMs: number): void {
  const progress = installProgress(sql);
  if (!progress || progress.slot !== page.slot || !cursorsEqual(progress.next, page.at)) return;
  stageRows(sql, page, bound, heardMs);
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
  const { level } = metaLoad(sql, STAGE);
  for (const table of schemaTables()) {
    const isMeta = table === "meta";
    sql.exec(`DROP TABLE ${isMeta ? metaTable(now.level) : table}`);
    const name = isMeta ? metaTable(level) : table;
    sql.exec(`ALTER TABLE ${STAGE}${name} RENAME TO ${name}`);
  }
  sql.exec(`DROP TABLE ${STAGE}progress`);
  if (level > 0) metaGuard(sql);
  return metaLoad(sql);
}

function stageDrop(sql: Sql): void {
  const level = metaLevel(sql, STAGE) ?? 0;
  const tables = [...schemaTables(), metaTable(level), "progress"];
  for (const table of tables) sql.exec(`DROP TABLE IF EXISTS ${STAGE}${table}`);
}

function stageRows(sql: Sql, { content }: SnapshotPage, bound: number, heardMs: number): void {
  switch (content.part) {
    case "request":
      for (const { id, slot, result, print } of content.rows) {
        sql.exec(`INSERT INTO ${STAGE}${requestTableOf(slot, bound)} VALUES (?, ?, ?, ?)`, id, slot, result, print);
      }
      return;
    case "proposal":
      for (const { key, slot, request, type, value } of content.rows) {
        sql.exec(`INSERT INTO ${STAGE}proposal VALUES (?, ?, ?, ?, ?)`, key, slot, request, type, value);
      }
      return;
    case "history":
      for (const { id, key, created, version, lease, type, actor = null, time = null, value } of content.rows) {
        sql.exec(
          `INSERT INTO ${STAGE}history (id, key, created, version, lease, type, actor, time, value)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          id,
          key,
          created,
          version,
          lease,
          type,
          actor,
          time,
          value,
        );
        sql.exec(`INSERT INTO ${STAGE}version VALUES (?, ?)`, key, id);
      }
      return;
    case "lease":
      return stageLeases(sql, content.rows, heardMs);
  }
}

function cursorsEqual(left: SnapshotCursor | null, right: SnapshotCursor): boolean {
  return left !== null && bytesCompare(encode(left), encode(right)) === 0;
}
