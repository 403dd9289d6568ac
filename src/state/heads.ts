import { type ContentRecord, keyRecord } from "./content.ts";
import { type Head, keyAt } from "./history.ts";
import { keyName } from "./key-name.ts";
import { HEAD_CACHE_BYTES_MAX, HEAD_OVERHEAD_BYTES } from "./limits.ts";
import type { Sql } from "./sql.ts";
import { type VersionId, versionDeletes } from "./version.ts";

/**
 * Newest versions of keys as SQL last said, null for a key that does not exist; what was used lately stays. Only what
 * is committed comes in here, so that rolling back leaves nothing to take back, and compaction, which drops no key's
 * newest version but a delete, changes nothing. A snapshot installed changes everything.
 */
export class HeadCache {
  /** Two generations: what is used moves to the young one, and when that is full the old one goes. */
  #young = new Map<string, Head | null>();
  #old = new Map<string, Head | null>();
  #bytes = 0;

  get(name: string): Head | null | undefined {
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const old = this.#old.get(name);
    if (old !== undefined) this.set(name, old);
    return old;
  }

  set(name: string, head: Head | null): void {
    if (!this.#young.has(name)) this.#bytes += name.length + HEAD_OVERHEAD_BYTES;
    this.#young.set(name, head);
    if (this.#bytes > HEAD_CACHE_BYTES_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#bytes = 0;
  }
}

type HeadRow = { n: number; id: number; created: number; version: number; lease: string | null; size: number };

/** How many keys one statement looks up: a Durable Object binds at most 100 parameters. */
const CHUNKS = [64, 16, 4];

const QUERIES: ReadonlyMap<number, string> = new Map(
  [...CHUNKS, 1].map((count) => [
    count,
    `WITH wanted(n, key) AS (VALUES ${Array.from({ length: count }, (_, n) => `(${n}, ?)`).join(", ")})
      SELECT n, h.id, h.created, h.version, h.lease, length(h.key) + length(h.value) AS size FROM wanted CROSS JOIN history h
        ON h.id = (SELECT max(id) FROM version WHERE version.key = wanted.key)`,
  ]),
);

/** The newest version of every key, as one transaction sees them: what it changed itself, and else what is committed. */
export class Heads {
  readonly #sql: Sql;
  readonly #cache: HeadCache;
  readonly #changed = new Map<string, Head | null>();

  /** `sql` is asked for keys that were not changed, so that it need not have seen the changes yet. */
  constructor(sql: Sql, cache: HeadCache) {
    this.#sql = sql;
    this.#cache = cache;
  }

  /** The newest version of a key that exists, or undefined. */
  of(key: Uint8Array): Head | undefined {
    const name = keyName(key);
    const changed = this.#changed.get(name);
    const known = changed === undefined ? this.#cache.get(name) : changed;
    if (known !== undefined) return known ?? undefined;
    this.#look([key], [name]);
    return this.#cache.get(name) ?? undefined;
  }

  /** What the content digest has of a key, if its newest version has an id of `from` or above. */
  recordOf(key: Uint8Array, from: VersionId): ContentRecord | undefined {
    const head = this.of(key);
    if (!head || head.id < from) return undefined;
    // A version that is not stored yet has its record in memory.
    const stored = head.record === undefined ? keyAt(this.#sql, key) : undefined;
    return stored === undefined ? head.record : keyRecord(stored);
  }

  set(key: Uint8Array, head: Head | undefined): void {
    this.#changed.set(keyName(key), head ?? null);
  }

  /** Looks many keys up that will be asked for, with few statements. */
  expect(keys: readonly Uint8Array[]): void {
    const missing = new Map<string, Uint8Array>();
    for (const key of keys) {
      const name = keyName(key);
      if (this.#cache.get(name) === undefined) missing.set(name, key);
    }
    const names = [...missing.keys()];
    const wanted = [...missing.values()];
    let from = 0;
    for (const chunk of CHUNKS) {
      for (; wanted.length - from >= chunk; from += chunk) {
        this.#look(wanted.slice(from, from + chunk), names.slice(from, from + chunk));
      }
    }
  }

  /** To be called once the transaction is committed. */
  commit(): void {
    for (const [name, head] of this.#changed) this.#cache.set(name, head);
  }

  #look(keys: readonly Uint8Array[], names: readonly string[]): void {
    const rows = this.#sql.exec<HeadRow>(QUERIES.get(keys.length) ?? "", ...keys);
    const found = new Map(rows.map((row) => [row.n, row]));
    names.forEach((name, n) => {
      const row = found.get(n);
      this.#cache.set(name, row === undefined || versionDeletes(row.id) ? null : row);
    });
  }
}
