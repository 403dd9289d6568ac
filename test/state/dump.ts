import { metaLevel, metaTable } from "../../src/state/meta.ts";
import { schemaTables } from "../../src/state/schema.ts";
import type { Sql, SqlRow } from "../../src/state/sql.ts";

/** Every row of every table: what there is to tell two states apart. */
export function dump(sql: Sql): Readonly<Record<string, readonly SqlRow[]>> {
  const meta = metaTable(metaLevel(sql) ?? 0);
  return Object.fromEntries(
    schemaTables().map((table) => {
      return [table, sql.exec(`SELECT * FROM ${table === "meta" ? meta : table} ORDER BY 1, 2`)];
    }),
  );
}
