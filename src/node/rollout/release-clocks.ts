import type { Sql } from "../../state/sql.ts";

/**
 * When this learner applied each release's step, by its own clock. Durable, so that an eviction in the middle of a stage
 * makes it no longer; the learner's own, and part of no snapshot: another clock says something else.
 */
export class ReleaseClocks {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS release_clock (id TEXT PRIMARY KEY, step INTEGER NOT NULL, at_ms INTEGER NOT NULL)",
    );
  }

  /** Milliseconds since the step was applied here; it begins now where it was not known. */
  stagedMs(id: string, step: number): number {
    const now = this.#now();
    const [known] = this.#sql.exec<{ step: number; at: number }>(
      "SELECT step, at_ms AS at FROM release_clock WHERE id = ?",
      id,
    );
    if (known?.step === step) return Math.max(0, now - known.at);
    this.#sql.exec("INSERT OR REPLACE INTO release_clock VALUES (?, ?, ?)", id, step, now);
    return 0;
  }

  /** Forgets all but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const { id } of this.#sql.exec<{ id: string }>("SELECT id FROM release_clock")) {
      if (!ids.has(id)) this.#sql.exec("DELETE FROM release_clock WHERE id = ?", id);
    }
  }
}
