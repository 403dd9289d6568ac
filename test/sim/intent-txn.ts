import { utf8Encode } from "../../src/api/bytes.ts";
import type { Compare, DeleteOp, Op, PutOp, RangeOp, TxnOp, TxnPart } from "../../src/state/command.ts";
import type { Random } from "../random.ts";
import type { Session } from "./session.ts";

const KEYS = 4;
/** How far back reads of the past go, in revisions; some of it will be compacted. */
const PAST_REVISIONS = 16;
const DEPTH_MAX = 2;

/** The two halves of the keys that transactions are about. One of them is put to and the other deleted from. */
const HALVES = ["ta", "tb"] as const;

const NO_END = new Uint8Array([0]);

/** What one transaction may touch: no key is put twice in it, nor put and deleted, but by a delete without an end. */
interface Scope {
  readonly puts: string[];
  readonly deletes: string;
}

/** A transaction over few keys: comparisons, puts, deletes of ranges, reads of now and of the past, sometimes nested. */
export function txnDraw(session: Session): TxnOp {
  const { random } = session;
  const [puts, deletes] = random.chance(0.5) ? HALVES : [HALVES[1], HALVES[0]];
  const keys = random.shuffled(Array.from({ length: KEYS }, (_, index) => `${puts}${index}`));
  return txn(session, { puts: keys, deletes }, 0);
}

/** A delete of some of those keys, or of one of them. */
export function rangeDeleteDraw({ random }: Session): DeleteOp {
  return { ...deleteOf(random, random.pick(HALVES)), ...(random.chance(0.5) ? { prevKv: true } : {}) };
}

/** A read of some of those keys. `past`: as they were. */
export function rangeDraw(session: Session, past: boolean): RangeOp {
  const { random } = session;
  const limit = random.chance(0.3) ? { limit: 1 + random.below(3) } : {};
  return { kind: "range", ...spanOf(random, random.pick(HALVES)), ...limit, ...(past ? pastOf(session) : {}) };
}

/** A put that goes with a lease, of which some are not held. */
export function leasedPutDraw(session: Session): PutOp {
  const { random } = session;
  const key = utf8Encode(`l${random.below(KEYS)}`);
  const prevKv = random.chance(0.3) ? { prevKv: true } : {};
  return { kind: "put", key, value: utf8Encode(valueOf(session)), lease: session.lease(), ...prevKv };
}

function txn(session: Session, scope: Scope, depth: number): TxnOp {
  const { random } = session;
  const list = () => Array.from({ length: random.below(4) }, () => part(session, scope, depth)).filter((one) => one);
  const compare = Array.from({ length: random.below(3) }, () => compareDraw(session));
  return { kind: "txn", compare, success: list() as TxnPart[], failure: list() as TxnPart[] };
}

function part(session: Session, scope: Scope, depth: number): TxnPart | undefined {
  const { random } = session;
  const dice = random.next();
  if (dice < 0.5) {
    const key = scope.puts.pop();
    return key === undefined ? undefined : put(session, key);
  }
  // As etcd, this may meet a put of the same transaction: then a key changes twice in one revision.
  if (dice < 0.55) return { kind: "delete", key: utf8Encode(random.pick(HALVES)), end: NO_END };
  if (dice < 0.68) return deleteOf(random, scope.deletes);
  if (dice < 0.85 || depth === DEPTH_MAX) return rangeDraw(session, random.chance(0.3));
  return txn(session, scope, depth + 1);
}

function put(session: Session, name: string): Op & { kind: "put" } {
  const { random } = session;
  const lease = random.chance(0.15) ? { lease: session.lease() } : {};
  const prevKv = random.chance(0.3) ? { prevKv: true } : {};
  return { kind: "put", key: utf8Encode(name), value: utf8Encode(valueOf(session)), ...lease, ...prevKv };
}

function deleteOf(random: Random, half: string): DeleteOp {
  return { kind: "delete", ...spanOf(random, half) };
}

/** One key, a few, or all of a half. */
function spanOf(random: Random, half: string): { key: Uint8Array; end?: Uint8Array } {
  const from = random.below(KEYS);
  const key = utf8Encode(`${half}${from}`);
  if (random.chance(0.3)) return { key };
  if (random.chance(0.5)) return { key, end: utf8Encode(`${half}${from + 1 + random.below(KEYS - from)}`) };
  return { key: utf8Encode(half), end: utf8Encode(`${half}~`) };
}

/** Conditions that hold about as often as not. */
function compareDraw(session: Session): Compare {
  const { random, seen } = session;
  const near = Math.max(0, seen - random.below(PAST_REVISIONS));
  const target = random.pick<Compare["target"]>([
    { kind: "version", value: random.below(3) },
    { kind: "create", value: random.chance(0.5) ? 0 : near },
    { kind: "mod", value: near },
    { kind: "value", value: utf8Encode(`c${random.below(5)}`) },
    { kind: "lease", value: random.chance(0.5) ? "0" : session.lease() },
  ]);
  const result = random.pick(["equal", "not-equal", "greater", "less"] as const);
  return { ...spanOf(random, random.pick(HALVES)), result, target };
}

function pastOf({ random, seen }: Session): { revision: number } {
  return { revision: Math.max(1, seen + 2 - random.below(PAST_REVISIONS)) };
}

function valueOf(session: Session): string {
  return `${session.name}.${session.operations}`;
}
