import type { Sql } from "./sql.ts";

/**
 * How many tables the request ids take turns in. A table holds the ids seen in half of `EXACTLY_ONCE_SLOTS`; five
 * cover the two bounds that an id is kept for, and one more lets a snapshot read what is already out of date.
 */
export const REQUEST_TABLES = 6;

/**
 * The tables of the state machine.
 *
 * - `meta`: one row.
 * - `history`: every version, with its value last, so that reading the other columns skips a large value's pages.
 *   A `lease` or `type` that is null means none.
 * - `version`: (key, id) of every row of `history`, and nothing else; whether the key lives is in the id.
 * - `lease`, `lease_key`: the leases held, and the keys that go with them. `heard_ms` is the one column that is not
 *   replicated: when this learner applied the grant or renewal, by its own clock.
 * - `proposal`: the chosen values of the write-once key space.
 * - `request_N`: request ids with the slot where they were seen and the encoded result. Rows never change.
 */
const TABLES: Readonly<Record<string, string>> = {
  meta: `id INTEGER PRIMARY KEY CHECK (id = 1), applied INTEGER NOT NULL, revision INTEGER NOT NULL,
    digest BLOB NOT NULL, compact INTEGER NOT NULL, compact_cursor INTEGER NOT NULL,
    compact_target INTEGER NOT NULL, compact_done INTEGER NOT NULL`,
  history: `id INTEGER PRIMARY KEY, key BLOB NOT NULL, created INTEGER NOT NULL, version INTEGER NOT NULL,
    lease TEXT, type TEXT, value BLOB NOT NULL`,
  version: "key BLOB NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (key, id)",
  lease: "lease TEXT PRIMARY KEY, ttl INTEGER NOT NULL, renewals INTEGER NOT NULL, heard_ms INTEGER NOT NULL",
  lease_key: "lease TEXT NOT NULL, key BLOB NOT NULL, PRIMARY KEY (lease, key)",
  proposal: `key BLOB PRIMARY KEY, slot INTEGER NOT NULL, request TEXT NOT NULL, type TEXT, value BLOB NOT NULL`,
  ...Object.fromEntries(
    requestTables().map((name) => [
      name,
      "id TEXT NOT NULL, slot INTEGER NOT NULL, result BLOB NOT NULL, PRIMARY KEY (id, slot)",
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

/** Creates the tables that are absent, their names prefixed. Idempotent. */
export function schemaCreate(sql: Sql, prefix = ""): void {
  for (const name of schemaTables()) tableCreate(sql, name, prefix);
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
  for (const name of schemaTables()) tableReset(sql, name);
}

function tableCreate(sql: Sql, name: string, prefix: string): void {
  const kind = ROWID_TABLES.includes(name) ? "" : " WITHOUT ROWID";
  sql.exec(`CREATE TABLE IF NOT EXISTS ${prefix}${name} (${TABLES[name]})${kind}`);
}
