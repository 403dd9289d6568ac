import { schemaTables } from "../../src/state/schema.ts";
import type { Sql, SqlRow } from "../../src/state/sql.ts";

/** Every row of every table: what there is to tell two states apart. */
export function dump(sql: Sql): Readonly<Record<string, readonly SqlRow[]>> {
  return Object.fromEntries(schemaTables().map((table) => [table, sql.exec(`SELECT * FROM ${table} ORDER BY 1, 2`)]));
}
