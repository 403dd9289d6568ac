import type { Command, Op, TxnPart } from "./command.ts";
import { type HeadCache, Heads } from "./heads.ts";
import { intervalOf } from "./interval.ts";
import { ANSWER_BYTES_MAX, TOGETHER_ANSWER_BYTES_MAX, TOGETHER_CHANGES_MAX } from "./limits.ts";
import { SeenRequests } from "./seen-requests.ts";
import type { Sql } from "./sql.ts";
import { type Turn, Withdrawal } from "./turn.ts";
import { sqlFlushing, WriteBuffer } from "./write-buffer.ts";

/** What one transaction reads and writes while it applies entries. */
export class Draft {
  readonly buffer: WriteBuffer;
  /** Sees all that was written so far, which it flushes first. */
  readonly sql: Sql;
  readonly heads: Heads;
  readonly requests: SeenRequests;
  #answerBytes = 0;
  #changes = 0;

  constructor(sql: Sql, cache: HeadCache, bound: number) {
    this.buffer = new WriteBuffer(sql);
    this.sql = sqlFlushing(sql, this.buffer);
    this.heads = new Heads(sql, cache);
    this.requests = new SeenRequests(this.sql, this.buffer, bound);
  }

  /** Counts what a command did, in memory until all is committed. */
  count({ answerBytesLeft, events }: Turn): void {
    this.#answerBytes += ANSWER_BYTES_MAX - answerBytesLeft;
    this.#changes += events.length;
  }

  /** Entries that do so much are not to be applied together. */
  checkTogether(): void {
    if (this.#answerBytes > TOGETHER_ANSWER_BYTES_MAX) throw new Withdrawal("answer-too-large");
    if (this.#changes > TOGETHER_CHANGES_MAX) throw new Withdrawal("too-many-changes");
  }

  /** Looks up together what the commands will ask for one by one. */
  expect(commands: readonly Command[]): void {
    this.requests.expect(commands.map(({ id }) => id));
    const keys: Uint8Array[] = [];
    for (const { op } of commands) keysAdd(keys, op);
    this.heads.expect(keys);
  }
}

/** The keys whose newest versions an operation may ask for by themselves. */
function keysAdd(keys: Uint8Array[], op: Op | TxnPart): void {
  switch (op.kind) {
    case "put":
      keys.push(op.key);
      return;
    case "delete":
      if (intervalOf(op.key, op.end).kind === "point") keys.push(op.key);
      return;
    case "txn":
      for (const { key, end } of op.compare) if (intervalOf(key, end).kind === "point") keys.push(key);
      for (const part of op.success) keysAdd(keys, part);
      for (const part of op.failure) keysAdd(keys, part);
      return;
    case "range":
    case "propose":
    case "lease-grant":
    case "lease-keep-alive":
    case "lease-revoke":
    case "lease-expire":
    case "compact":
      return;
  }
}
