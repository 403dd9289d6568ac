import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Sql, SqlRow, SqlValue } from "../../src/state/sql.ts";

/** How many prepared statements are kept; the state machine and the acceptor use a few dozen. */
const STATEMENTS_MAX = 200;

/** `Sql` on Node's own SQLite, in memory unless a path is given. */
export interface NodeSql extends Sql {
  /** Rows inserted, changed or deleted since the connection was opened. */
  changes(): number;
  /** The whole database as bytes, which `restore` takes. Not inside a transaction. */
  image(): Uint8Array;
  /** Puts an image, or an empty database, in the place of one in memory. */
  restore(image?: Uint8Array): void;
  close(): void;
}

export function nodeSql(path = ":memory:"): NodeSql {
  let database = opened(path);
  const statements = new Map<string, StatementSync>();
  let inside = false;

  function prepared(query: string): StatementSync {
    const known = statements.get(query);
    if (known) return known;
    if (statements.size >= STATEMENTS_MAX) statements.clear();
    const statement = database.prepare(query);
    statements.set(query, statement);
    return statement;
  }

  return {
    exec<Row extends SqlRow = SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
      return prepared(query).all(...bindings) as Row[];
    },
    transaction<T>(body: () => T): T {
      if (inside) throw new Error("transactions do not nest");
      inside = true;
      prepared("BEGIN IMMEDIATE").run();
      try {
        const result = body();
        prepared("COMMIT").run();
        return result;
      } catch (error) {
        prepared("ROLLBACK").run();
        throw error;
      } finally {
        inside = false;
      }
    },
    changes: () => Number(prepared("SELECT total_changes() AS n").get()?.["n"] ?? 0),
    image: () => database.serialize(),
    restore: (image) => {
      statements.clear();
      database.close();
      database = opened(path);
      if (image !== undefined) database.deserialize(image);
    },
    close: () => database.close(),
  };
}

function opened(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  // Simulated crashes end the process's objects, not the machine; syncing would only slow tests down.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
  return database;
}
