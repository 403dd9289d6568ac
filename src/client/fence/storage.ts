import type { Fence } from "./fence.ts";

/** What is needed of a Durable Object's storage with SQLite. */
export interface StorageBinding {
  readonly sql: { exec(sql: string, ...values: readonly unknown[]): { toArray(): readonly unknown[] } };
  transactionSync<T>(work: () => T): T;
}

/** A fence in a Durable Object: `write` runs in one transaction with the check. */
export function fenceStorage(storage: StorageBinding, table = "synod_fence"): Fence<() => void> {
  if (!/^[A-Za-z_]\w*$/.test(table)) throw new TypeError(`"${table}" is no name of a table`);
  storage.sql.exec(`CREATE TABLE IF NOT EXISTS ${table} (name TEXT PRIMARY KEY, token INTEGER NOT NULL)`);
  return {
    run: async (name, token, write) =>
      storage.transactionSync(() => {
        const raised = storage.sql.exec(
          `INSERT INTO ${table} VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET token = excluded.token
            WHERE excluded.token >= ${table}.token RETURNING token`,
          name,
          token,
        );
        if (raised.toArray().length === 0) return false;
        write();
        return true;
      }),
  };
}
