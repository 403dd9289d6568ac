import type { AnyOp, AnyResult, Operation } from "../operation.ts";
import { operationLevel } from "../operation.ts";
import type { Refused } from "../refuse.ts";
import { Unsupported, unlessUnsupported } from "../support.ts";
import type { Turn } from "../turn.ts";
import { compact } from "./compact.ts";
import { deleteRange } from "./delete.ts";
import { leaseExpire } from "./lease-expire.ts";
import { leaseGrant } from "./lease-grant.ts";
import { leaseKeepAlive } from "./lease-keep-alive.ts";
import { leaseRevoke } from "./lease-revoke.ts";
import { propose } from "./propose.ts";
import { put } from "./put.ts";
import { quota } from "./quota.ts";
import { raise } from "./raise.ts";
import { restore } from "./restore.ts";
import { txn } from "./txn.ts";

/** Every operation that an entry may carry. This is the only list. */
const ALL = [
  put,
  deleteRange,
  txn,
  propose,
  leaseGrant,
  leaseKeepAlive,
  leaseRevoke,
  leaseExpire,
  compact,
  raise,
  quota,
  restore,
] as const;

type OpOf<T> = T extends { run(turn: Turn, op: infer O): unknown } ? O : never;
type ResultOf<T> = T extends { run(turn: Turn, op: never): infer R } ? R : never;

export type Op = OpOf<(typeof ALL)[number]>;

/** `revision` is always the store's revision after the command. */
export type Result = ResultOf<(typeof ALL)[number]> | Refused | AppliedBefore;

/** A repeat of a request whose first result was too large to keep: it took effect once, at `revision`. */
export interface AppliedBefore {
  readonly kind: "applied-before";
  readonly revision: number;
}

/** Operations by their kinds. */
export class Operations {
  readonly all: readonly Operation[];
  readonly #byKind: ReadonlyMap<string, Operation>;

  constructor(all: readonly Operation[]) {
    this.all = all;
    this.#byKind = new Map(all.map((one) => [one.kind, one]));
  }

  /** The operation of an operation's, or of a result's, kind. Throws `Unsupported` for a kind that this build lacks. */
  of({ kind }: AnyOp): Operation {
    const found = this.#byKind.get(kind);
    if (found === undefined) throw new Unsupported(`the operation ${kind}`);
    return found;
  }

  /** The feature level that an operation needs. Throws `Unsupported` for what this build does not know of it. */
  level(op: AnyOp): number {
    return operationLevel(this.of(op), op);
  }

  /** Whether a namespace at `level` has the operation; false for one that this build does not know. */
  isAt(level: number, op: AnyOp): boolean {
    const needed = unlessUnsupported(() => this.level(op));
    return typeof needed === "number" && needed <= level;
  }

  run(turn: Turn, op: AnyOp): Result {
    return this.of(op).run(turn, op) as AnyResult as Result;
  }
}

export const OPERATIONS = new Operations(ALL);
