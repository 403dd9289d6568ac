import { Decoder, Encoder } from "@msgpack/msgpack";
import type { Command, Result, TxnPartResult } from "./command.ts";
import { KEPT_RESULT_BYTES_MAX } from "./limits.ts";
import { proposalOf } from "./proposal.ts";
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

/** What most results are: of a put without the value before. */
type KeptPut = readonly [revision: number, version: number];

/** A proposal's value is not stored again with the result: it never changes where it is. */
type KeptPropose = { kind: "kept-propose"; key: Uint8Array; revision: number; won: boolean };

/** The last slot in each table. A Durable Object's SQLite takes no UNION of as many tables as there are. */
const FIND = `SELECT ${requestTables()
  .map((table) => `(SELECT max(slot) FROM ${table} WHERE id = ?1 AND slot >= ?2) AS ${table}`)
  .join(", ")}`;

const encoder = new Encoder();
const decoder = new Decoder();

export interface SeenRequest {
  readonly slot: number;
  readonly kept: KeptResult;
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
  const query = `SELECT result FROM ${found.table} WHERE id = ? AND slot = ?`;
  const row = sql.exec<{ result: KeptResult }>(query, id, found.slot)[0];
  return row && { slot: found.slot, kept: row.result };
}

/** Whether a command is too far from its birth to have an effect at `slot`. */
export function requestExpired(command: Command, slot: number, bound: number): boolean {
  return slot > command.birth + bound || command.birth > slot + bound;
}

/** To be called for every slot: empties the table that `slot` is the first to use again. */
export function requestTurnOver(sql: Sql, slot: number, bound: number): void {
  if (tableTurn(slot, bound) !== tableTurn(slot - 1, bound)) tableReset(sql, requestTableOf(slot, bound));
}

export function requestEncode(command: Command, result: Result): KeptResult {
  if (result.kind === "propose" && command.op.kind === "propose") {
    const { revision, won } = result;
    return encoder.encode({ kind: "kept-propose", key: command.op.key, revision, won } satisfies KeptPropose);
  }
  if (result.kind === "put" && !result.prev) {
    return JSON.stringify([result.revision, result.version] satisfies KeptPut);
  }
  const whole = hasBytes(result) ? encoder.encode(result) : JSON.stringify(result);
  return whole.length <= KEPT_RESULT_BYTES_MAX ? whole : encoder.encode(abridged(result));
}

function hasBytes(result: Result | TxnPartResult): boolean {
  switch (result.kind) {
    case "put":
    case "delete":
      return result.prev !== undefined;
    case "range":
      return result.kvs.length > 0;
    case "txn":
      return result.parts.some(hasBytes);
    case "refused":
      return result.current !== undefined;
    case "propose":
      return true;
    case "applied-before":
    case "compact":
    case "lease-expire":
    case "lease-grant":
    case "lease-keep-alive":
    case "lease-revoke":
      return false;
  }
}

/** A refusal stays a refusal, without the value; of an effect, only that there was one. */
export function abridged(result: Result): Result {
  if (result.kind !== "refused") return { kind: "applied-before", revision: result.revision };
  return result.current ? { ...result, current: { ...result.current, value: new Uint8Array(0) } } : result;
}

export function requestDecode(sql: Sql, kept: KeptResult): Result {
  const stored = (typeof kept === "string" ? JSON.parse(kept) : decoder.decode(kept)) as KeptPut | Result | KeptPropose;
  if (isKeptPut(stored)) return { kind: "put", revision: stored[0], version: stored[1] };
  if (stored.kind !== "kept-propose") return stored;
  const { key, revision, won } = stored;
  const chosen = proposalOf(sql, key);
  if (!chosen) return { kind: "applied-before", revision };
  const { value, contentType, slot } = chosen;
  return { kind: "propose", revision, value, ...(contentType ? { contentType } : {}), won, slot };
}

function isKeptPut(stored: KeptPut | Result | KeptPropose): stored is KeptPut {
  return Array.isArray(stored);
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
