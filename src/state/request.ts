import { decode, encode } from "@msgpack/msgpack";
import type { Command, Result } from "./command.ts";
import { KEPT_RESULT_BYTES_MAX } from "./limits.ts";
import { proposalOf } from "./proposal.ts";
import { REQUEST_TABLES, requestTables } from "./schema.ts";
import type { Sql } from "./sql.ts";

/*
 * Exactly once (protocol, "Exactly once"): an id is known at slot s when it was seen at a slot not below s − 2B.
 *
 * Every sighting is one row, never changed, in the table of its half of B; a table is emptied in one statement when
 * its turn comes again, at which time all its rows are out of date. What is known depends on slots alone, never on
 * what is still stored.
 */

/** A result as it is stored. */
export type Kept = Uint8Array;

/** A proposal's value is not stored again with the result: it never changes where it is. */
type KeptPropose = { kind: "kept-propose"; key: Uint8Array; revision: number; won: boolean };

const FIND = `SELECT slot, result FROM (${requestTables()
  .map((table) => `SELECT slot, result FROM ${table} WHERE id = ?1 AND slot >= ?2`)
  .join(" UNION ALL ")}) ORDER BY slot DESC LIMIT 1`;

export interface Sighting {
  readonly slot: number;
  readonly kept: Kept;
}

/** The last sighting of a request that counts at `slot`. */
export function requestFind(sql: Sql, id: string, slot: number, bound: number): Sighting | undefined {
  const row = sql.exec<{ slot: number; result: Uint8Array }>(FIND, id, slot - 2 * bound)[0];
  return row && { slot: row.slot, kept: row.result };
}

/** Whether a command is too far from its birth to have an effect at `slot`. */
export function requestExpired(command: Command, slot: number, bound: number): boolean {
  return slot > command.birth + bound || command.birth > slot + bound;
}

/** Records a sighting: one row written. */
export function requestKeep(sql: Sql, id: string, slot: number, bound: number, kept: Kept): void {
  sql.exec(`INSERT INTO ${tableOf(slot, bound)} VALUES (?, ?, ?)`, id, slot, kept);
}

/** To be called for every slot: empties the table that `slot` is the first to use again. */
export function requestTurnOver(sql: Sql, slot: number, bound: number): void {
  if (tableTurn(slot, bound) !== tableTurn(slot - 1, bound)) sql.exec(`DELETE FROM ${tableOf(slot, bound)}`);
}

export function requestEncode(command: Command, result: Result): Kept {
  if (result.kind === "propose" && command.op.kind === "propose") {
    const { revision, won } = result;
    return encode({ kind: "kept-propose", key: command.op.key, revision, won } satisfies KeptPropose);
  }
  const whole = encode(result);
  return whole.length <= KEPT_RESULT_BYTES_MAX ? whole : encode(abridged(result));
}

/** A refusal stays a refusal, without the value; of an effect, only that there was one. */
function abridged(result: Result): Result {
  if (result.kind !== "refused") return { kind: "applied-before", revision: result.revision };
  return result.current ? { ...result, current: { ...result.current, value: new Uint8Array(0) } } : result;
}

export function requestDecode(sql: Sql, kept: Kept): Result {
  const stored = decode(kept) as Result | KeptPropose;
  if (stored.kind !== "kept-propose") return stored;
  const { key, revision, won } = stored;
  const chosen = proposalOf(sql, key);
  if (!chosen) return { kind: "applied-before", revision };
  const { value, contentType, slot } = chosen;
  return { kind: "propose", revision, value, ...(contentType ? { contentType } : {}), won, slot };
}

function tableTurn(slot: number, bound: number): number {
  return Math.floor(slot / Math.ceil(bound / 2));
}

function tableOf(slot: number, bound: number): string {
  return `request_${tableTurn(slot, bound) % REQUEST_TABLES}`;
}
