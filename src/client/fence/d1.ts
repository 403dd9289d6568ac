import type { Fence } from "./fence.ts";

/** What is needed of a D1 database. */
export interface D1Binding {
  prepare(sql: string): { bind(...values: readonly unknown[]): D1Statement };
  batch(statements: readonly D1Statement[]): Promise<readonly { readonly meta: { readonly changes: number } }[]>;
}
export interface D1Statement {
  run(): Promise<{ readonly meta: { readonly changes: number } }>;
}

const NAME = /^[A-Za-z_]\w*$/;

/**
 * A fence in D1: `table` keeps the highest token of each name. `fence(db, "fences").run(name, token, statements)` runs
 * the statements in one transaction with the check, and refuses them when a higher token was seen.
 */
export function fenceD1(db: D1Binding, table: string): Fence<readonly D1Statement[]> & { create(): Promise<void> } {
  if (!NAME.test(table)) throw new TypeError(`"${table}" is no name of a table`);
  // The second statement divides by zero, which takes the whole batch back, when the first changed nothing.
  const raise = `INSERT INTO ${table} (name, token) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET token = excluded.token WHERE excluded.token >= ${table}.token`;
  const check = `INSERT INTO ${table} (name, token) SELECT ?1, NULL WHERE (SELECT token FROM ${table} WHERE name = ?1) <> ?2`;
  return {
    async create() {
      await db
        .prepare(`CREATE TABLE IF NOT EXISTS ${table} (name TEXT PRIMARY KEY, token INTEGER NOT NULL)`)
        .bind()
        .run();
    },
    async run(name, token, statements) {
      try {
        await db.batch([
          db.prepare(raise).bind(name, token),
          // A token that is not the highest violates NOT NULL, which takes the whole batch back.
          db.prepare(check).bind(name, token),
          ...statements,
        ]);
        return true;
      } catch (error) {
        if (error instanceof Error && /NOT NULL constraint failed/i.test(error.message)) return false;
        throw error;
      }
    },
  };
}
