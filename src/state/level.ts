import type { Meta } from "./meta.ts";
import { requestTables } from "./schema.ts";
import type { Sql } from "./sql.ts";

/*
 * Feature levels (protocol, "Levels"): what a command comes to is a function of the state, the entry, and the level that
 * stands in the state.
 */

/** The highest level that this build knows. A state, a snapshot or an entry above it is not touched. */
export const BUILD_LEVEL = 1;

/** The level at which a namespace begins. It stays this for ever; later levels are reached by `raise`. */
export const GENESIS_LEVEL = 1;

/** From this level on digests name the level, and repeats of a request are compared by fingerprint. */
export const LEVEL_FINGERPRINTS = 1;

/** From this level on commands have a budget. */
export const LEVEL_COSTS = 1;

/**
 * The level at which the commands of an entry begin: that of the state, or the entry's genesis level where nothing is
 * left of any command before it. A function of the state and the entry, so that all learners come to the same.
 */
export function levelBefore(sql: Sql, meta: Meta, entry: { readonly genesis?: number }, bound: number): number {
  if (entry.genesis === undefined || meta.level > 0 || !isBlank(sql, meta, bound)) return meta.level;
  return entry.genesis;
}

/** Requests that are out of date do not count, because whether they are still stored differs between learners. */
function isBlank(sql: Sql, { applied, revision, compact }: Meta, bound: number): boolean {
  if (revision > 1 || compact >= 0) return false;
  const since = applied + 1 - 2 * bound;
  const exists = (table: string, where: string) => sql.exec(`SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`).length > 0;
  if (exists("lease", "true") || exists("proposal", "true")) return false;
  return !requestTables().some((table) => exists(table, `slot >= ${since}`));
}
