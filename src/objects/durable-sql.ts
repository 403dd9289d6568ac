import type { Sql, SqlRow, SqlValue } from "../state/sql.ts";

/** A Durable Object's SQLite as the narrow interface the parts run on. */
export function durableSql(storage: DurableObjectStorage): Sql {
  return {
    exec<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
      const rows = storage.sql.exec(query, ...bindings).toArray();
      for (const row of rows) {
        for (const column in row) {
          const value = row[column];
          if (value instanceof ArrayBuffer) (row as SqlRow)[column] = new Uint8Array(value);
        }
      }
      return rows as Row[];
    },
    transaction: (body) => storage.transactionSync(body),
  };
}
