import type { Sql, SqlRow, SqlValue } from "../../src/state/sql.ts";
import { type NodeSql, nodeSql } from "../state/node-sql.ts";

/** The machine died in the middle of a turn. Whoever catches it is dead too. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";
}

const READS = new Map<string, boolean>();

function isRead(query: string): boolean {
  let read = READS.get(query);
  if (read === undefined) {
    read = /^\s*(SELECT|WITH)\b/i.test(query) && !/\b(INSERT|UPDATE|DELETE)\b/i.test(query);
    READS.set(query, read);
  }
  return read;
}

/**
 * A Durable Object's disk. Writes gather in one open transaction until they are durable, as the platform coalesces
 * them; a crash before that rolls all of them back. A transaction of the program is a savepoint in it.
 */
export class Disk implements Sql {
  readonly #sql: NodeSql = nodeSql();
  #inside = false;
  #savepoint = false;
  /** Whether something is written that a crash would take back. */
  dirty = false;
  /** Writes until the machine dies; undefined: it does not. */
  crashAfter: number | undefined;
  crashed = false;

  exec<Row extends SqlRow = SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
    if (this.crashed) throw new SimulatedCrash("dead");
    if (!isRead(query)) this.#beforeWrite();
    return this.#sql.exec<Row>(query, ...bindings);
  }

  transaction<T>(body: () => T): T {
    if (this.#inside) throw new Error("transactions do not nest");
    this.#inside = true;
    try {
      const result = body();
      if (this.#savepoint) this.#sql.exec("RELEASE turn");
      return result;
    } catch (error) {
      if (this.#savepoint) {
        this.#sql.exec("ROLLBACK TO turn");
        this.#sql.exec("RELEASE turn");
      }
      throw error;
    } finally {
      this.#inside = false;
      this.#savepoint = false;
    }
  }

  /** Something else than SQL is written with this turn: an alarm. */
  touch(): void {
    if (this.dirty) return;
    this.#sql.exec("BEGIN");
    this.dirty = true;
  }

  commit(): void {
    if (this.dirty) this.#sql.exec("COMMIT");
    this.dirty = false;
  }

  rollback(): void {
    if (this.dirty) this.#sql.exec("ROLLBACK");
    this.dirty = false;
  }

  /** What is durable, as a backup holds it. Undefined while something is written that is not. */
  image(): Uint8Array | undefined {
    return this.dirty ? undefined : this.#sql.image();
  }

  /** Another disk takes the place of this one: an older copy of it, or a blank one. */
  replace(image?: Uint8Array): void {
    this.rollback();
    this.revive();
    this.#sql.restore(image);
  }

  /** After a crash: what is durable is there again. */
  revive(): void {
    this.crashed = false;
    this.crashAfter = undefined;
  }

  /** What an observer sees, crash or not. */
  peek<Row extends SqlRow = SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
    return this.#sql.exec<Row>(query, ...bindings);
  }

  close(): void {
    this.#sql.close();
  }

  #beforeWrite(): void {
    if (this.crashAfter !== undefined && this.crashAfter-- <= 0) {
      this.crashed = true;
      throw new SimulatedCrash("in the middle of a turn");
    }
    this.touch();
    if (!this.#inside || this.#savepoint) return;
    this.#sql.exec("SAVEPOINT turn");
    this.#savepoint = true;
  }
}
