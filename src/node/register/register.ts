import { membersEqual } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import type { Sql } from "../../state/sql.ts";
import type { RegisterAnswer, RegisterCall } from "./register-call.ts";

/**
 * Who a namespace's members are, kept where no region is part of the name (protocol, "Membership"): blank parts ask it,
 * since members that were all exchanged would know nothing of those before them. The first claim stands for ever.
 */
export class Register {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  handle({ kind, configuration }: RegisterCall): RegisterAnswer {
    return this.#sql.transaction<RegisterAnswer>(() => {
      const held = this.#members();
      if (held !== undefined || kind === "look") return { kind: "registered", members: held };
      this.#sql.exec(
        "CREATE TABLE IF NOT EXISTS register (one INTEGER PRIMARY KEY CHECK (one = 1), members TEXT NOT NULL)",
      );
      this.#sql.exec("INSERT INTO register VALUES (1, ?)", configuration.members.join(","));
      return { kind: "registered", members: configuration.members };
    });
  }

  /** Nothing is made by a look: whoever only reads leaves no storage behind. */
  #members(): Region[] | undefined {
    const tables = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'register'");
    if (tables.length === 0) return undefined;
    const row = this.#sql.exec<{ members: string }>("SELECT members FROM register")[0];
    return row?.members.split(",") as Region[] | undefined;
  }
}

/** What a namespace's register holds, if it is not `own`; undefined when it is, or when it holds nothing yet. */
export function othersThan(own: readonly Region[], held: readonly Region[] | undefined): readonly Region[] | undefined {
  return held === undefined || membersEqual(held, own) ? undefined : held;
}
