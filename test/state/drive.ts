import type { KeyValue, WatchEvent } from "../../src/api/key-value.ts";
import type { Applied } from "../../src/state/apply.ts";
import type { Command, Condition, Op, RangeOp, RangeResult, Result } from "../../src/state/command.ts";
import { StateMachine } from "../../src/state/machine.ts";
import type { StateMachineOptions } from "../../src/state/machine-options.ts";
import type { Sql } from "../../src/state/sql.ts";
import { nodeSql } from "./node-sql.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function text(data: Uint8Array): string {
  return decoder.decode(data);
}

/** `key=value`, which is what most expectations are about. */
export function pair(kv: KeyValue): string {
  return `${text(kv.key)}=${text(kv.value)}`;
}

export function eventText(event: WatchEvent): string {
  return `${event.kind} ${event.kind === "put" ? pair(event.kv) : text(event.kv.key)}@${event.kv.modRevision}`;
}

export const ops = {
  put: (key: string, value: string, more: { lease?: string; prevKv?: boolean; condition?: Condition } = {}) =>
    ({ kind: "put", key: bytes(key), value: bytes(value), ...more }) as const,
  del: (key: string, end?: string, more: { prevKv?: boolean; condition?: Condition } = {}) =>
    ({ kind: "delete", key: bytes(key), ...(end === undefined ? {} : { end: bytes(end) }), ...more }) as const,
  range: (key: string, end?: string, more: Partial<RangeOp> = {}) =>
    ({ kind: "range", key: bytes(key), ...(end === undefined ? {} : { end: bytes(end) }), ...more }) as const,
};

/** A state machine with the log in front of it: each operation is an entry of its own with a fresh request id. */
export class Drive {
  readonly sql: Sql;
  machine: StateMachine;
  readonly #options: StateMachineOptions;
  #requests = 0;

  constructor(sql: Sql = nodeSql(), options: StateMachineOptions = {}) {
    this.sql = sql;
    this.#options = options;
    this.machine = new StateMachine(sql, options);
  }

  /** A machine that remembers nothing, over the same state. */
  reopen(): void {
    this.machine = new StateMachine(this.sql, this.#options);
  }

  get nextSlot(): number {
    return this.machine.appliedUpTo + 1;
  }

  command(op: Op): Command {
    return { id: `request-${++this.#requests}`, birth: this.nextSlot, op };
  }

  entry(...commands: readonly Command[]): Applied {
    const slot = this.nextSlot;
    return this.machine.apply(slot, { id: `entry-${slot}`, commands });
  }

  /** Applies one operation as one entry. */
  run(op: Op): Result {
    const result = this.entry(this.command(op)).results[0];
    if (!result) throw new Error("one command has one result");
    return result;
  }

  range(key: string, end?: string, more: Partial<RangeOp> = {}): RangeResult {
    const result = this.machine.query(ops.range(key, end, more));
    if (result.kind !== "range") throw new Error(`range answered ${JSON.stringify(result)}`);
    return result;
  }

  /** The keys and values of a range. */
  pairs(key: string, end?: string, more: Partial<RangeOp> = {}): readonly string[] {
    return this.range(key, end, more).kvs.map(pair);
  }

  get(key: string): KeyValue | undefined {
    return this.range(key).kvs[0];
  }
}

/** The part of a refusal that matters to most tests. */
export function why(result: { readonly kind: string; readonly why?: string }): string {
  return result.kind === "refused" ? (result.why ?? "?") : `not refused: ${result.kind}`;
}
