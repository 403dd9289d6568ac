import type { KeyValue, Revision, WatchEvent } from "../api/key-value.ts";
import type { ContentChange } from "./content-change.ts";
import type { CommandCost } from "./cost.ts";
import type { Heads } from "./heads.ts";
import { COST_VALUE_BYTES, KEY_OVERHEAD_BYTES } from "./limits.ts";
import type { Quotas, UsageChange } from "./quota.ts";
import type { Sql } from "./sql.ts";
import type { WriteBuffer } from "./write-buffer.ts";

/** One command while it is applied. Its changes belong to the revision after `before`, all of them. */
export interface Turn {
  /** Sees all that was written so far, which it flushes first. */
  readonly sql: Sql;
  /** For leases and proposals alone, of which nothing is ever buffered. */
  readonly direct: Sql;
  readonly buffer: WriteBuffer;
  readonly heads: Heads;
  readonly slot: number;
  readonly requestId: string;
  /** When it is applied, in milliseconds of this learner's clock. Decides nothing. */
  readonly heardMs: number;
  readonly before: Revision;
  /** What is compacted; the command may raise it. */
  compact: Revision;
  /** The feature level; the command may raise it for those after it. */
  level: number;
  /** The last revision that changed a document that decides what is permitted; the command may move it. */
  policy: Revision;
  /** How far a restore has come; null while none goes on. */
  restore: string | null;
  /** A restore alone sets it: where revisions go on. */
  revision: Revision | undefined;
  /** Who asked, and when: on all versions that the command writes. */
  readonly labels: Pick<KeyValue, "actor" | "time">;
  /** The changes so far, in order. */
  readonly events: WatchEvent[];
  /** What the answer may still grow by. */
  answerBytesLeft: number;
  readonly answerBytesMax: number;
  /** What the store holds, which the command counts its changes to; undefined below the feature level that counts. */
  readonly usage: UsageChange | undefined;
  /** What the store may hold; the command may change it. */
  quotas: Quotas | null;
  /** What it costs; undefined below the feature level that counts. */
  readonly cost: CommandCost | undefined;
  /** Undefined below the feature level that has a content digest. */
  readonly content: ContentChange | undefined;
}

/** The revision of the store as this command sees it: its own once it has changed something. */
export function turnRevision(turn: Turn): Revision {
  return turn.revision ?? (turn.events.length > 0 ? turn.before + 1 : turn.before);
}

/** Counts keys and values that the command answers with. */
export function turnAnswer(turn: Turn, kvs: readonly KeyValue[]): void {
  const bytes = kvs.reduce((sum, { key, value }) => sum + key.length + value.length + KEY_OVERHEAD_BYTES, 0);
  turn.answerBytesLeft -= bytes;
  turn.cost?.spend(Math.floor(bytes / COST_VALUE_BYTES));
  if (turn.answerBytesLeft < 0) throw new Withdrawal("answer-too-large");
}

/**
 * A command must be refused for what shows only while it runs: that it goes over a limit, or that it deleted the key
 * whose value it then wants to keep (which ends an etcd server). The whole entry is rolled back and applied again with
 * this command refused, which comes out the same everywhere.
 */
export class Withdrawal extends Error {
  override readonly name = "Withdrawal";
  readonly why: "too-many-changes" | "answer-too-large" | "key-not-found";

  constructor(why: Withdrawal["why"]) {
    super(why);
    this.why = why;
  }
}
