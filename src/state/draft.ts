import type { Command } from "./command.ts";
import { type HeadCache, Heads } from "./heads.ts";
import { TOGETHER_ANSWER_BYTES_MAX, TOGETHER_CHANGES_MAX } from "./limits.ts";
import type { Operations } from "./ops/registry.ts";
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
  readonly #operations: Operations;
  #answerBytes = 0;
  #changes = 0;

  constructor(sql: Sql, cache: HeadCache, bound: number, operations: Operations) {
    this.#operations = operations;
    this.buffer = new WriteBuffer(sql);
    this.sql = sqlFlushing(sql, this.buffer);
    this.heads = new Heads(sql, cache);
    this.requests = new SeenRequests(this.sql, this.buffer, bound);
  }

  /** Counts what a command did, in memory until all is committed. */
  count({ answerBytesMax, answerBytesLeft, events }: Turn): void {
    this.#answerBytes += answerBytesMax - answerBytesLeft;
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
    this.heads.expect(commands.flatMap(({ op }) => this.#operations.of(op).keys(op)));
  }
}
