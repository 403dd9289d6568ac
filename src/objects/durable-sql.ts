import type { Sql, SqlRow, SqlValue } from "../state/sql.ts";

/**
 * A Durable Object's SQLite as the narrow interface the parts run on.
 *
 * An object that stores nothing ceases to exist when it is idle, so one that is only read must store nothing, its empty
 * tables included: a namespace is named by whoever asks for it. Tables are made with the first write. Until then a read
 * finds them in a transaction that is undone.
 *
 * `wrote` is told how many rows each statement wrote.
 */
export function durableSql(storage: DurableObjectStorage, wrote: (rows: number) => void = () => {}): Sql {
  const tables = new TablesInWaiting(storage);
  return {
    exec: <Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] =>
      tables.whenThere(query, () => rowsOf<Row>(storage, wrote, query, bindings)),
    transaction: (body) => tables.inTransaction(body),
  };
}

function rowsOf<Row extends SqlRow>(
  { sql }: DurableObjectStorage,
  wrote: (rows: number) => void,
  query: string,
  bindings: readonly SqlValue[],
): Row[] {
  const cursor = sql.exec(query, ...bindings);
  const rows = cursor.toArray();
  if (cursor.rowsWritten > 0) wrote(cursor.rowsWritten);
  for (const row of rows) {
    for (const column in row) {
      const value = row[column];
      if (value instanceof ArrayBuffer) (row as SqlRow)[column] = new Uint8Array(value);
    }
  }
  return rows as Row[];
}

/** Tables that were asked for and are not there yet. */
class TablesInWaiting {
  readonly #storage: DurableObjectStorage;
  readonly #statements: string[] = [];
  #isBlank: boolean;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#isBlank = isBlank(storage);
  }

  /** Runs `statement`, with the tables there or as if they were. */
  whenThere<T>(query: string, statement: () => T[]): T[] {
    if (!this.#isBlank) return statement();
    if (/^\s*CREATE TABLE IF NOT EXISTS\b/i.test(query)) {
      this.#statements.push(query);
      return [];
    }
    if (/^\s*(?:SELECT|WITH)\b/i.test(query)) return this.#undone(statement);
    this.#create();
    this.#isBlank = false;
    return statement();
  }

  /** One that fails takes the tables with it that it made. */
  inTransaction<T>(body: () => T): T {
    const wasBlank = this.#isBlank;
    try {
      return this.#storage.transactionSync(body);
    } catch (error) {
      this.#isBlank = wasBlank;
      throw error;
    }
  }

  #undone<T>(statement: () => T[]): T[] {
    let found: T[] = [];
    try {
      this.#storage.transactionSync(() => {
        this.#create();
        found = statement();
        throw UNDO;
      });
    } catch (error) {
      if (error !== UNDO) throw error;
    }
    return found;
  }

  #create(): void {
    for (const statement of this.#statements) this.#storage.sql.exec(statement);
  }
}

const UNDO = new Error("tables are not made for a read");

/** Tables of the platform's own begin with `_cf_`. */
function isBlank({ sql }: DurableObjectStorage): boolean {
  const query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' LIMIT 1";
  return sql.exec(query).toArray().length === 0;
}
