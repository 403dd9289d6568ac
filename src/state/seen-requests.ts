import { type KeptResult, requestFind, requestsMaybe, requestTableOf, type SeenRequest } from "./request.ts";
import type { Sql } from "./sql.ts";
import { idIsPlain, type WriteBuffer } from "./write-buffer.ts";

/** What is known of requests, as one transaction sees it: what it kept itself, and else what SQL has. */
export class SeenRequests {
  /** Sees all that was written so far. */
  readonly #sql: Sql;
  readonly #buffer: WriteBuffer;
  readonly #bound: number;
  readonly #kept = new Map<string, SeenRequest>();
  /** Ids that SQL does not have. */
  readonly #absent = new Set<string>();

  constructor(sql: Sql, buffer: WriteBuffer, bound: number) {
    this.#sql = sql;
    this.#buffer = buffer;
    this.#bound = bound;
  }

  /** Looks many ids up that will be asked for, with one statement. */
  expect(ids: readonly string[]): void {
    const plain = ids.filter(idIsPlain);
    if (plain.length === 0) return;
    const maybe = requestsMaybe(this.#sql, plain);
    for (const id of plain) if (!maybe.has(id)) this.#absent.add(id);
  }

  /** The last time a request was seen, if it counts at `slot`. */
  find(id: string, slot: number): SeenRequest | undefined {
    const own = this.#kept.get(id);
    // It is the last there is; if it does not count any more, none does.
    if (own) return own.slot >= slot - 2 * this.#bound ? own : undefined;
    return this.#absent.has(id) ? undefined : requestFind(this.#sql, id, slot, this.#bound);
  }

  /** Records that a request was seen: one row written. */
  keep(id: string, slot: number, kept: KeptResult, print: string | null): void {
    this.#kept.set(id, { slot, kept, print });
    this.#buffer.request(requestTableOf(slot, this.#bound), { id, slot, kept, print });
  }
}
