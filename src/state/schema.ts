import { metaLevel, metaMove, metaTable } from "./meta.ts";
import type { Sql } from "./sql.ts";

/**
 * How many tables the request ids take turns in. A table holds the ids seen in half of `EXACTLY_ONCE_SLOTS`; five
 * cover the two bounds that an id is kept for, and one more lets a snapshot read what is already out of date.
 */
export const REQUEST_TABLES = 6;

/**
 * The tables of the state machine.
 *
 * Rows written, as SQLite counts them (there are no secondary indexes):
 *
 * | | |
 * |---|---|
 * | every entry, NOOP too | 1 (where the state machine stands); of entries applied together, 1 for all |
 * | every command, repeats too, expired ones and from level 1 on lease expiries not | 1 (its request id and result) |
 * | put | 2 (the version, its place in the key order), and 1 for each of a lease left and a lease joined |
 * | delete | 2 for each key, and 1 if it had a lease |
 * | transaction | the sum of what it does |
 * | propose | 1 the first time, else 0 |
 * | lease grant, keep-alive | 1 |
 * | lease revoke, expire | 1, and 3 for each key |
 * | compact | 0; later, in steps, 2 for each version dropped and 1 for each step |
 *
 * - `meta`: one row; the name changes with the level, see `metaTable`.
 * - `history`: every version, with its value last, so that reading the other columns skips a large value's pages.
 *   A `lease`, `type`, `actor` or `time` that is null means none.
 * - `version`: (key, id) of every row of `history`, and nothing else; whether the key lives is in the id.
 * - `lease`, `lease_key`: the leases held, and the keys that go with them. `heard_ms` is the one column that is not
 *   replicated: when this learner applied the grant or renewal, by its own clock.
 * - `proposal`: the chosen values of the write-once key space.
 * - `request_N`: request ids with the slot where they were seen, the encoded result, and from level 1 on the
 *   fingerprint of the request. Rows never change.
 */
const TABLES: Readonly<Record<string, string>> = {
  meta: `id INTEGER PRIMARY KEY CHECK (id = 1), applied INTEGER NOT NULL, revision INTEGER NOT NULL,
    digest BLOB NOT NULL, compact INTEGER NOT NULL, compact_cursor INTEGER NOT NULL,
    compact_target INTEGER NOT NULL, compact_done INTEGER NOT NULL`,
  history: `id INTEGER PRIMARY KEY, key BLOB NOT NULL, created INTEGER NOT NULL, version INTEGER NOT NULL,
    lease TEXT, type TEXT, actor TEXT, time INTEGER, value BLOB NOT NULL`,
  version: "key BLOB NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (key, id)",
  lease: "lease TEXT PRIMARY KEY, ttl INTEGER NOT NULL, renewals INTEGER NOT NULL, heard_ms INTEGER NOT NULL",
  lease_key: "lease TEXT NOT NULL, key BLOB NOT NULL, PRIMARY KEY (lease, key)",
  proposal: `key BLOB PRIMARY KEY, slot INTEGER NOT NULL, request TEXT NOT NULL, type TEXT, value BLOB NOT NULL`,
  ...Object.fromEntries(
    requestTables().map((name) => [
      name,
      "id TEXT NOT NULL, slot INTEGER NOT NULL, result BLOB NOT NULL, print TEXT, PRIMARY KEY (id, slot)",
    ]),
  ),
};

/** Tables that SQLite keeps in rowid order; the others are their own primary key's tree, one row written for one. */
const ROWID_TABLES: readonly string[] = ["meta", "history"];

export function requestTables(): readonly string[] {
  return Array.from({ length: REQUEST_TABLES }, (_, index) => `request_${index}`);
}

export function schemaTables(): readonly string[] {
  return Object.keys(TABLES);
}

/** Creates the tables that are absent, and carries over those of older releases. Idempotent. */
export function schemaCreate(sql: Sql): void {
  for (const name of schemaTables()) {
    // From level 1 on the row of `meta` stands in a table of another name.
    if (name !== "meta" || metaLevel(sql) === undefined) tableCreate(sql, name, "");
  }
  for (const name of requestTables()) columnAdd(sql, name, "print", "TEXT");
  columnAdd(sql, "history", "actor", "TEXT");
  columnAdd(sql, "history", "time", "INTEGER");
}

/** Creates tables beside the live ones, for a state of `level`. */
export function schemaStage(sql: Sql, prefix: string, level: number): void {
  for (const name of schemaTables()) tableCreate(sql, name, prefix);
  metaMove(sql, 0, level, prefix);
}

/** Requests had no fingerprints, and versions no labels, before there were levels. */
function columnAdd(sql: Sql, table: string, column: string, type: string): void {
  const [found] = sql.exec<{ sql: string }>("SELECT sql FROM sqlite_master WHERE name = ?", table);
  if (found === undefined || found.sql.includes(`${column} ${type}`)) return;
  sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
}

/**
 * Empties a table. A table dropped counts no rows written in a Durable Object, a table's rows deleted count each
 * (measured with compatibility date 2026-01-01).
 */
export function tableReset(sql: Sql, name: string): void {
  sql.exec(`DROP TABLE ${name}`);
  tableCreate(sql, name, "");
}

/** Empties all tables. */
export function schemaReset(sql: Sql): void {
  sql.exec("DROP VIEW IF EXISTS meta");
  sql.exec(`DROP TABLE IF EXISTS ${metaTable(metaLevel(sql) ?? 0)}`);
  for (const name of schemaTables()) {
    if (name === "meta") tableCreate(sql, name, "");
    else tableReset(sql, name);
  }
}

function tableCreate(sql: Sql, name: string, prefix: string): void {
  const kind = ROWID_TABLES.includes(name) ? "" : " WITHOUT ROWID";
  sql.exec(`CREATE TABLE IF NOT EXISTS ${prefix}${name} (${TABLES[name]})${kind}`);
}
