/**
 * The narrow, synchronous SQL that the replicated state machine and the acceptor's log run on:
 * `ctx.storage.sql` in a Durable Object, `node:sqlite` in simulation and model tests, so that what is
 * tested is what ships.
 */
export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

export interface Sql {
  /** Runs one statement. Blobs come back as `Uint8Array`; integers must be safe integers. */
  exec<Row extends SqlRow = SqlRow>(query: string, ...bindings: SqlValue[]): Row[];
  /** Runs `body` so that all or none of its statements take effect. Not nested. */
  transaction<T>(body: () => T): T;
}
