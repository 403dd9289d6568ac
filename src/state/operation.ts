import { KEY_OVERHEAD_BYTES } from "./limits.ts";
import type { Refused } from "./refuse.ts";
import type { Sql } from "./sql.ts";
import { fieldsLevel } from "./support.ts";
import type { Turn } from "./turn.ts";

/** What every operation and every result has. */
export interface AnyOp {
  readonly kind: string;
}
export interface AnyResult {
  readonly kind: string;
  readonly revision: number;
}

/** What an entry takes for an operation besides its keys and values, generously. */
export const OP_OVERHEAD_BYTES = 160;

/** Keys from `key` to `end` that an operation looks through, and what it does with each; `end` as in a range. */
export interface KeyScan {
  readonly key: Uint8Array;
  readonly end?: Uint8Array | undefined;
  /** Its value is read. */
  readonly values?: boolean;
  /** It is changed. */
  readonly changes?: boolean;
}

/** A shorter form in which results of an operation are kept for repeats of its request. */
export interface KeptForm<O extends AnyOp, R extends AnyResult> {
  /** The short form, plain data, or the result itself. */
  shorten(result: R, op: O): unknown;
  /** Whether `kept` is this operation's short form. */
  owns(kept: unknown): boolean;
  /** The result of a short form; undefined when what it refers to is gone. */
  restore(kept: unknown, sql: Sql): R | undefined;
}

/** What an operation says of itself; see `Operation` for what the absent parts mean. */
export interface Definition<O extends AnyOp, R extends AnyResult> {
  /** Names the operation in the log, and its result. */
  readonly kind: O["kind"] & R["kind"];
  /** The feature level that has the operation. */
  readonly since: number;
  /** Its fields, each with the feature level that has it. A field that is not listed is unknown. */
  readonly fields: Readonly<Record<Exclude<keyof O, "kind">, number>>;
  /** The result's number in the digest, for ever: learners of different builds compare digests. */
  readonly outcome: number;
  /** Applies it. Deterministic: no clock, no randomness, nothing but the turn. */
  run(turn: Turn, op: O): R | Refused;
  /** The feature level of what is nested in its fields. Throws `Unsupported` for what this build does not know. */
  nested?(op: O): number;
  /** The keys whose newest versions it may ask for one by one; they are looked up together beforehand. */
  keys?(op: O): readonly Uint8Array[];
  /** All that it may look through, whichever of its branches is taken. */
  scans?(op: O): readonly KeyScan[];
  /** About what it adds to an entry. */
  bytes?(op: O): number;
  /** How many commands it counts for against the limit of an entry. */
  weight?(op: O): number;
  /** Whether it may show only while it runs that it must be refused; see `Withdrawal`. */
  canWithdraw?(op: O): boolean;
  /** About what a result takes in memory. */
  resultBytes?(result: R): number;
  /** Whether a result has bytes in it, which JSON does not carry. */
  hasBytes?(result: R): boolean;
  /** The result with its verdict, revisions and versions, and `omitted` in place of keys and values. */
  withoutBodies?(result: R): R | undefined;
  /** How its results are kept, if not as they are. */
  readonly kept?: KeptForm<O, R>;
  /** It follows from the state alone, and needs no permission. */
  readonly isUnstamped?: true;
  /** It belongs to a restore; while one goes on, all others are refused. */
  readonly isRestoring?: true;
  /** From `LEVEL_DOCUMENTS` on nothing is kept of its requests: applied twice it comes to the same. */
  readonly keepsNothing?: true;
  /** It may leave work for a learner's chores: a lease to time, rows to delete. */
  readonly bringsChores?: true;
}

/** All that an operation is. Its file defines it, and the registry lists it; nothing else knows its kind. */
export interface Operation<O extends AnyOp = AnyOp, R extends AnyResult = AnyResult>
  extends Required<Omit<Definition<O, R>, "kept" | "isUnstamped" | "isRestoring" | "keepsNothing" | "bringsChores">> {
  readonly kept?: KeptForm<O, R>;
  readonly isUnstamped?: true;
  readonly isRestoring?: true;
  readonly keepsNothing?: true;
  readonly bringsChores?: true;
}

const DEFAULTS = {
  nested: () => 0,
  keys: () => [],
  scans: () => [],
  bytes: () => OP_OVERHEAD_BYTES,
  weight: () => 1,
  canWithdraw: () => false,
  resultBytes: () => KEY_OVERHEAD_BYTES,
  hasBytes: () => false,
  withoutBodies: () => undefined,
};

export function operation<O extends AnyOp, R extends AnyResult>(definition: Definition<O, R>): Operation<O, R> {
  return { ...DEFAULTS, ...definition };
}

/** The feature level that an operation needs. Throws `Unsupported` for what this build does not know of it. */
export function operationLevel<O extends AnyOp>(of: Operation<O, AnyResult>, op: O): number {
  return Math.max(of.since, fieldsLevel(of.kind, of.fields, op), of.nested(op));
}
