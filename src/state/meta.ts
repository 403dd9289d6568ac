import type { Revision } from "../api/key-value.ts";
import { CONTENT_EMPTY, LEVEL_CONTENT } from "./content.ts";
import { type Quotas, USAGE_NONE, type Usage } from "./quota.ts";
import type { Sql, SqlValue } from "./sql.ts";
import { type VersionId, versionFirst } from "./version.ts";

/** The one row that says where the state machine stands. */
export interface Meta {
  readonly applied: number;
  readonly revision: Revision;
  /** The feature level (protocol, "Levels"). Never falls. */
  readonly level: number;
  readonly digest: Uint8Array;
  /** The content digest, from `LEVEL_CONTENT` on … */
  readonly content: Uint8Array;
  /** … of what was written since then: versions below this id are not in it. */
  readonly contentFrom: VersionId;
  /**
   * The last revision that changed a document that decides what is permitted (protocol, "Policy"); 0 before the first.
   * Never falls.
   */
  readonly policy: Revision;
  /** How far the restore of the store has come (`restoring.ts`); null while none goes on. */
  readonly restore: string | null;
  /** What the store holds, from `LEVEL_DOCUMENTS` on … */
  readonly usage: Usage;
  /** … and what it may hold; null before anybody said so. */
  readonly quotas: Quotas | null;
  /** What was last compacted; -1 before the first compaction, as in etcd, which lets 0 be compacted once. */
  readonly compact: Revision;
  /** Physical compaction, which is each learner's own business: everything below this id has been looked at, … */
  readonly compactCursor: VersionId;
  /** … for compaction at this revision … */
  readonly compactTarget: Revision;
  /** … and for this one it is finished. */
  readonly compactDone: Revision;
}

/** An empty store is at revision 1, as etcd's is. */
const META_EMPTY: Meta = {
  applied: 0,
  revision: 1,
  level: 0,
  digest: new Uint8Array(32),
  content: CONTENT_EMPTY,
  contentFrom: 0,
  policy: 0,
  restore: null,
  usage: USAGE_NONE,
  quotas: null,
  compact: -1,
  compactCursor: versionFirst(0),
  compactTarget: -1,
  compactDone: -1,
};

type MetaRow = {
  applied: number;
  revision: number;
  digest: Uint8Array;
  content?: Uint8Array;
  content_from?: number;
  policy?: number;
  restore?: string | null;
  held?: string | null;
  quotas?: string | null;
  compact: number;
  compact_cursor: number;
  compact_target: number;
  compact_done: number;
};

/**
 * The table of the row at a level. Its name changes with the level, so that older code, which does not know what the
 * new level left behind, finds no row that it could take for its own.
 */
export function metaTable(level: number): string {
  return level === 0 ? "meta" : `meta_${level}`;
}

/** The level whose table is there; undefined when there is none. */
export function metaLevel(sql: Sql, prefix = ""): number | undefined {
  const pattern = new RegExp(`^${prefix}meta(?:_([0-9]+))?$`);
  const names = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  const levels = names.flatMap(({ name }) => {
    const found = pattern.exec(name);
    return found === null ? [] : [Number(found[1] ?? 0)];
  });
  return levels.length === 0 ? undefined : Math.max(...levels);
}

export function metaLoad(sql: Sql, prefix = ""): Meta {
  const level = metaLevel(sql, prefix) ?? 0;
  const row = sql.exec<MetaRow>(`SELECT * FROM ${prefix}${metaTable(level)}`)[0];
  if (!row) return { ...META_EMPTY, level };
  return {
    applied: row.applied,
    revision: row.revision,
    level,
    digest: row.digest,
    content: row.content ?? CONTENT_EMPTY,
    contentFrom: row.content_from ?? 0,
    policy: row.policy ?? 0,
    restore: row.restore ?? null,
    usage: parsed<Usage>(row.held) ?? USAGE_NONE,
    quotas: parsed<Quotas>(row.quotas) ?? null,
    compact: row.compact,
    compactCursor: row.compact_cursor,
    compactTarget: row.compact_target,
    compactDone: row.compact_done,
  };
}

function parsed<T>(json: string | null | undefined): T | undefined {
  return typeof json === "string" ? (JSON.parse(json) as T) : undefined;
}

const WIDE_UPDATE = `, content = excluded.content, content_from = excluded.content_from, policy = excluded.policy,
  restore = excluded.restore, held = excluded.held, quotas = excluded.quotas`;

/** Stores the row in the table of its level. */
export function metaSave(sql: Sql, meta: Meta, prefix = ""): void {
  const isWide = meta.level >= LEVEL_CONTENT;
  sql.exec(
    `INSERT INTO ${prefix}${metaTable(meta.level)} VALUES (1, ?, ?, ?, ?, ?, ?, ?${isWide ? ", ?, ?, ?, ?, ?, ?" : ""})
      ON CONFLICT (id) DO UPDATE SET applied = excluded.applied, revision = excluded.revision,
      digest = excluded.digest, compact = excluded.compact, compact_cursor = excluded.compact_cursor,
      compact_target = excluded.compact_target, compact_done = excluded.compact_done
      ${isWide ? WIDE_UPDATE : ""}`,
    meta.applied,
    meta.revision,
    meta.digest,
    meta.compact,
    meta.compactCursor,
    meta.compactTarget,
    meta.compactDone,
    ...(isWide ? wideOf(meta) : []),
  );
}

function wideOf({ content, contentFrom, policy, restore, usage, quotas }: Meta): readonly SqlValue[] {
  return [content, contentFrom, policy, restore, JSON.stringify(usage), quotas && JSON.stringify(quotas)];
}

/** What the row has from `LEVEL_CONTENT` on, in this order. */
const WIDE = ["content BLOB", "content_from INTEGER", "policy INTEGER", "restore TEXT", "held TEXT", "quotas TEXT"];

/** Moves the table of one level to another level. */
export function metaMove(sql: Sql, from: number, to: number, prefix = ""): void {
  if (from === to) return;
  sql.exec(`ALTER TABLE ${prefix}${metaTable(from)} RENAME TO ${prefix}${metaTable(to)}`);
  if (from < LEVEL_CONTENT && to >= LEVEL_CONTENT) {
    for (const column of WIDE) sql.exec(`ALTER TABLE ${prefix}${metaTable(to)} ADD COLUMN ${column}`);
  }
  if (prefix === "") metaGuard(sql);
}

/**
 * Code without levels creates the table `meta` if it is absent, and begins with an empty state. A view in its place,
 * which cannot be read, makes such code fail before it does anything.
 */
export function metaGuard(sql: Sql): void {
  sql.exec("CREATE VIEW IF NOT EXISTS meta AS SELECT json('the state is of a newer release') AS applied");
}
