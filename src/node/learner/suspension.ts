import type { Slot } from "../../core/log.ts";
import type { Sql } from "../../state/sql.ts";

/** Why a learner is out of service. */
export interface Suspended {
  /** Here its state differed from a majority's, or the level was raised without it. */
  readonly slot: Slot;
  /** How often it began its state anew since. */
  readonly repairs: number;
}

/** Whether a learner is out of service, kept beside its state: a restart must not make it trust itself again. */
export class Suspension {
  readonly #sql: Sql;
  #current: Suspended | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
    // The learner's own, and part of no snapshot.
    sql.exec(
      "CREATE TABLE IF NOT EXISTS suspension (id INTEGER PRIMARY KEY CHECK (id = 1), slot INTEGER NOT NULL, repairs INTEGER NOT NULL)",
    );
    this.#current = sql.exec<{ slot: number; repairs: number }>("SELECT slot, repairs FROM suspension")[0];
  }

  get current(): Suspended | undefined {
    return this.#current;
  }

  save(suspended: Suspended): void {
    this.#sql.exec("INSERT OR REPLACE INTO suspension VALUES (1, ?, ?)", suspended.slot, suspended.repairs);
    this.#current = suspended;
  }

  end(): void {
    this.#sql.exec("DELETE FROM suspension");
    this.#current = undefined;
  }
}
