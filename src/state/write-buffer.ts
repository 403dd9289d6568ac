import type { HistoryRow } from "./history.ts";
import { WRITE_BUFFER_BYTES_MAX } from "./limits.ts";
import type { KeptResult } from "./request.ts";
import type { Sql, SqlValue } from "./sql.ts";
import type { VersionId } from "./version.ts";

/** A request that was seen, to be written. */
interface RequestInsert {
  readonly id: string;
  readonly slot: number;
  readonly kept: KeptResult;
  readonly print: string | null;
}

const COLUMNS = "id, key, created, version, lease, type, actor, time, value".split(", ");
/** How many versions one statement writes: a Durable Object binds at most 100 parameters, and knows statements by text. */
const CHUNKS = [11, 4, 1];
const CHUNK_MAX = 11;
/** Ids that JSON carries unchanged. Others are bound one by one, whatever they are made of. */
const PLAIN_ID = /^[!#-[\]-~]+$/;

function insertHistory(count: number): string {
  const row = `(${COLUMNS.map(() => "?").join(", ")})`;
  return `INSERT INTO history (${COLUMNS.join(", ")}) VALUES ${Array(count).fill(row).join(", ")}`;
}

const INSERT_HISTORY: ReadonlyMap<number, string> = new Map(CHUNKS.map((count) => [count, insertHistory(count)]));

/**
 * Rows of `history`, `version` and `request_N` on their way into SQL, within one transaction. A statement costs about
 * as much as the row it writes (4 µs, workerd 1.20260815), so many rows go in one. Whoever reads these tables flushes
 * first.
 */
export class WriteBuffer {
  readonly #sql: Sql;
  #history: SqlValue[] = [];
  #bytes = 0;
  /** Rows of `history`, written or not, that have none in `version` yet. */
  #unplaced: { first: VersionId; last: VersionId; key: Uint8Array } | undefined;
  #requests = new Map<string, RequestInsert[]>();
  /** Of ids and results, as one statement is to carry them. */
  #requestBytes = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Ids come in ascending order. */
  version({ id, key, created, version, lease, type, actor = null, time = null, value }: HistoryRow): void {
    this.#history.push(id, key, created, version, lease, type, actor, time, value);
    this.#bytes += key.length + value.length;
    if (this.#unplaced) this.#unplaced.last = id;
    else this.#unplaced = { first: id, last: id, key };
    if (this.#history.length >= CHUNK_MAX * COLUMNS.length || this.#bytes > WRITE_BUFFER_BYTES_MAX)
      this.#flushHistory();
  }

  request(table: string, request: RequestInsert): void {
    const others = this.#requests.get(table);
    if (others) others.push(request);
    else this.#requests.set(table, [request]);
    this.#requestBytes += request.id.length + request.kept.length;
    if (this.#requestBytes > WRITE_BUFFER_BYTES_MAX) this.#flushAllRequests();
  }

  flush(): void {
    this.#flushHistory();
    this.#flushVersion();
    this.#flushAllRequests();
  }

  #flushHistory(): void {
    const rows = this.#history;
    for (let from = 0; from < rows.length; ) {
      const left = (rows.length - from) / COLUMNS.length;
      const count = CHUNKS.find((chunk) => chunk <= left) ?? 1;
      const to = from + count * COLUMNS.length;
      this.#sql.exec(INSERT_HISTORY.get(count) ?? "", ...(left === count && from === 0 ? rows : rows.slice(from, to)));
      from = to;
    }
    this.#history = [];
    this.#bytes = 0;
  }

  #flushVersion(): void {
    if (!this.#unplaced) return;
    const { first, last, key } = this.#unplaced;
    if (first === last) this.#sql.exec("INSERT INTO version VALUES (?, ?)", key, first);
    // Nothing else has ids between them. The rows are warm, and cheaper to read than keys are to bind.
    else this.#sql.exec("INSERT INTO version SELECT key, id FROM history WHERE id BETWEEN ? AND ?", first, last);
    this.#unplaced = undefined;
  }

  #flushAllRequests(): void {
    for (const [table, requests] of this.#requests) this.#flushRequests(table, requests);
    this.#requests.clear();
    this.#requestBytes = 0;
  }

  #flushRequests(table: string, requests: readonly RequestInsert[]): void {
    const plain = requests.length > 1 ? requests.filter(isPlain) : [];
    if (plain.length > 0) {
      // An object's names may repeat here: an id seen in two slots has a row for each.
      const text = plain.map(requestJson).join(",");
      this.#sql.exec(
        `INSERT INTO ${table} SELECT key, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`,
        `{${text}}`,
      );
    }
    for (const one of requests) {
      if (plain.length > 0 && isPlain(one)) continue;
      this.#sql.exec(`INSERT INTO ${table} VALUES (?, ?, ?, ?)`, one.id, one.slot, one.kept, one.print);
    }
  }
}

export function idIsPlain(id: string): boolean {
  return PLAIN_ID.test(id);
}

function requestJson({ id, slot, kept, print }: RequestInsert): string {
  return `"${id}":[${slot},${String(kept)}${print === null ? "" : `,"${print}"`}]`;
}

function isPlain({ id, kept, print }: RequestInsert): boolean {
  return typeof kept === "string" && idIsPlain(id) && (print === null || idIsPlain(print));
}

/** SQL that sees what is in the buffer. */
export function sqlFlushing(sql: Sql, buffer: WriteBuffer): Sql {
  return {
    exec(query, ...bindings) {
      buffer.flush();
      return sql.exec(query, ...bindings);
    },
    transaction: (body) => sql.transaction(body),
  };
}
