import { utf8Encode } from "../../src/api/bytes.ts";
import type { Condition as RecordedCondition } from "../../src/checker/history.ts";
import type { Condition, Op, RangeOp } from "../../src/state/command.ts";
import type { Query } from "../../src/state/queries.ts";
import type { Asked, AskedRead } from "./history-log.ts";
import { leaseDraw } from "./intent-lease.ts";
import { leasedPutDraw, rangeDeleteDraw, rangeDraw, txnDraw } from "./intent-txn.ts";
import type { Session } from "./session.ts";
import type { StampedPut } from "./stamped-put.ts";

/**
 * What a session means to do next. `asked`: as the black-box checker takes it, which knows registers, counters and
 * write-once keys; everything is held against the model.
 */
export type Intent =
  /** `persistent`: retried until its outcome is known. */
  | { readonly kind: "write"; readonly op: Op; readonly asked?: Asked; readonly persistent: boolean }
  | {
      readonly kind: "read";
      readonly query: RangeOp | LeaseQuery;
      readonly asked?: AskedRead;
      readonly consistency: "linearizable" | "local";
    };

export type LeaseQuery = Extract<Query, { readonly kind: "lease" }>;

/** Draws the next operation. `rich`: how many of them are transactions, ranges and leases. */
export function intentOf(session: Session, rich: number): Intent {
  return session.random.chance(rich) ? richIntent(session) : plainIntent(session);
}

/** Transactions and ranges of `t…`, leases and what goes with them, `l…`. */
function richIntent(session: Session): Intent {
  const { random } = session;
  const dice = random.next();
  const persistent = random.chance(0.3);
  if (dice < 0.35) return { kind: "write", op: txnDraw(session), persistent };
  if (dice < 0.43) return { kind: "write", op: rangeDeleteDraw(session), persistent };
  if (dice < 0.65) return { kind: "write", op: leaseDraw(session), persistent };
  if (dice < 0.8) return { kind: "write", op: leasedPutDraw(session), persistent };
  const consistency = random.chance(0.6) ? "linearizable" : "local";
  if (dice < 0.86)
    return { kind: "read", query: { kind: "lease", lease: session.lease(), keys: { limit: 1_000 } }, consistency };
  return { kind: "read", query: rangeDraw(session, random.chance(0.5)), consistency };
}

/** Up to a little back from now; now and then too far, or nowhere new. */
export function compactionDraw({ random, seen }: Session): Intent {
  const revision = Math.max(1, seen + 2 - random.below(8));
  return { kind: "write", op: { kind: "compact", revision }, persistent: false };
}

/** Registers `k…`, counters `c…`, write-once keys `p…`. */
function plainIntent(session: Session): Intent {
  const { random } = session;
  const key = `k${random.below(session.keys)}`;
  const dice = random.next();
  if (dice < 0.2) return read(session, key, "linearizable");
  if (dice < 0.35) return read(session, key, "local");
  if (dice < 0.42) return countRead(session);
  if (dice < 0.57) return increment(session);
  if (dice < 0.67) return propose(session);
  if (dice < 0.73) return remove(session, key);
  return put(session, key);
}

function read({ random: _ }: Session, key: string, consistency: "linearizable" | "local"): Intent {
  return { kind: "read", consistency, query: { kind: "range", key: utf8Encode(key) }, asked: { kind: "get", key } };
}

function countRead(session: Session): Intent {
  const key = counterOf(session);
  const query: RangeOp = { kind: "range", key: utf8Encode(key) };
  return { kind: "read", consistency: "linearizable", query, asked: { kind: "count", key } };
}

/** A put on a counter adds one to the key's version. */
function increment(session: Session): Intent {
  const key = counterOf(session);
  const op: Op = { kind: "put", key: utf8Encode(key), value: utf8Encode(valueOf(session)) };
  return { kind: "write", op, asked: { kind: "increment", key }, persistent: true };
}

function propose(session: Session): Intent {
  const key = `p${session.random.below(4)}`;
  const value = valueOf(session);
  const op: Op = { kind: "propose", key: utf8Encode(key), value: utf8Encode(value) };
  return { kind: "write", op, asked: { kind: "propose", key, value }, persistent: session.random.chance(0.5) };
}

function remove(session: Session, key: string): Intent {
  const { condition, recorded } = conditionOf(session, key, false);
  const op: Op = { kind: "delete", key: utf8Encode(key), ...(condition === undefined ? {} : { condition }) };
  return { kind: "write", op, asked: { kind: "delete", key, condition: recorded }, persistent: false };
}

/** What only the new release has: see `stamped-put.ts`. */
export function stampDraw(session: Session): Intent {
  const op: StampedPut = {
    kind: "put",
    key: utf8Encode(`s${session.random.below(2)}`),
    value: utf8Encode(valueOf(session)),
    stamp: true,
  };
  return { kind: "write", op, persistent: false };
}

function put(session: Session, key: string): Intent {
  const { condition, recorded } = conditionOf(session, key, true);
  const value = valueOf(session);
  const more = condition === undefined ? {} : { condition };
  const op: Op = { kind: "put", key: utf8Encode(key), value: utf8Encode(value), ...more };
  return { kind: "write", op, asked: { kind: "put", key, value, condition: recorded }, persistent: false };
}

function conditionOf(
  { random, known }: Session,
  key: string,
  mayCreate: boolean,
): { condition?: Condition; recorded: RecordedCondition } {
  const dice = random.next();
  const modRevision = known.get(key);
  if (dice < 0.4 && modRevision !== undefined) {
    return { condition: { kind: "mod-revision", anyOf: [modRevision] }, recorded: { kind: "match", modRevision } };
  }
  if (dice > 0.9 && mayCreate) return { condition: { kind: "absent" }, recorded: { kind: "none-match" } };
  return { recorded: { kind: "none" } };
}

function counterOf({ random }: Session): string {
  return `c${random.below(2)}`;
}

function valueOf(session: Session): string {
  return `${session.name}.${session.operations}`;
}
