import { REQUEST_TABLES, requestTables, tableReset } from "./schema.ts";
import type { Sql } from "./sql.ts";

/*
 * Exactly once (protocol, "Exactly once"): an id is known at slot s when it was seen at a slot not below s − 2B.
 *
 * Every slot in which a request was seen is one row, never changed, in the table of its half of B; a table is dropped whole when
 * its turn comes again, at which time all its rows are out of date. What is known depends on slots alone, never on
 * what is still stored.
 */

/** A result as it is stored: JSON if there are no bytes in it, as is the rule, else MessagePack. */
export type KeptResult = Uint8Array | string;

/** The last slot in each table. A Durable Object's SQLite takes no UNION of as many tables as there are. */
const FIND = `SELECT ${requestTables()
  .map((table) => `(SELECT max(slot) FROM ${table} WHERE id = ?1 AND slot >= ?2) AS ${table}`)
  .join(", ")}`;

export interface SeenRequest {
  readonly slot: number;
  readonly kept: KeptResult;
  /** The fingerprint of the request that was first seen under the id, if it had one. */
  readonly print: string | null;
}

const ANY = `SELECT value AS id FROM json_each(?) WHERE ${requestTables()
  .map((table) => `value IN (SELECT id FROM ${table})`)
  .join(" OR ")}`;

/** Which of some ids may be known at some slot; the others are not. They must be such as JSON carries unchanged. */
export function requestsMaybe(sql: Sql, ids: readonly string[]): ReadonlySet<string> {
  return new Set(sql.exec<{ id: string }>(ANY, JSON.stringify(ids)).map((row) => row.id));
}

/** The last time a request was seen, if it counts at `slot`. */
export function requestFind(sql: Sql, id: string, slot: number, bound: number): SeenRequest | undefined {
  let found: { readonly table: string; readonly slot: number } | undefined;
  for (const [table, seen] of Object.entries(
    sql.exec<Record<string, number | null>>(FIND, id, slot - 2 * bound)[0] ?? {},
  )) {
    if (seen !== null && seen > (found?.slot ?? -1)) found = { table, slot: seen };
  }
  if (found === undefined) return undefined;
  const query = `SELECT result, print FROM ${found.table} WHERE id = ? AND slot = ?`;
  const row = sql.exec<{ result: KeptResult; print: string | null }>(query, id, found.slot)[0];
  return row && { slot: found.slot, kept: row.result, print: row.print };
}

/** Whether a command under an id that was seen is another request, and no retry of the one that was seen. */
export function requestReused(seen: { readonly print: string | null }, print: string | undefined): boolean {
  return seen.print !== null && print !== undefined && seen.print !== print;
}

/** Whether a command is too far from its birth to have an effect at `slot`. */
export function requestExpired(command: { readonly birth: number }, slot: number, bound: number): boolean {
  return slot > command.birth + bound || command.birth > slot + bound;
}

/** To be called for every slot: empties the table that `slot` is the first to use again. */
export function requestTurnOver(sql: Sql, slot: number, bound: number): void {
  if (tableTurn(slot, bound) !== tableTurn(slot - 1, bound)) tableReset(sql, requestTableOf(slot, bound));
}

function tableTurn(slot: number, bound: number): number {
  return Math.floor(slot / Math.ceil(bound / 2));
}

/** Where requests seen at `slot` are. */
export function requestTableOf(slot: number, bound: number): string {
  return requestTableAt(tableTurn(slot, bound) % REQUEST_TABLES);
}

export function requestTableAt(index: number): string {
  return `request_${index}`;
}

/** Whether the tables, at slot `now`, still have all the requests seen from slot `since` on. */
export function requestTablesHold(since: number, now: number, bound: number): boolean {
  return tableTurn(Math.max(0, since), bound) > tableTurn(now, bound) - REQUEST_TABLES;
}
