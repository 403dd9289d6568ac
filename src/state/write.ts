import type { KeyValue } from "../api/key-value.ts";
import { changeAppend } from "./change.ts";
import type { DeleteOp, DeleteResult, PutOp, PutResult, RangeOp } from "./command.ts";
import { type Head, keyAt, NO_LEASE, tombstone } from "./history.ts";
import { type Interval, intervalOf } from "./interval.ts";
import { leaseAttach, leaseDetach } from "./lease.ts";
import { CHANGES_PER_COMMAND_MAX } from "./limits.ts";
import { rangeRead } from "./range.ts";
import { scanOf } from "./scan.ts";
import { type Turn, turnAnswer, turnRevision, Withdrawal } from "./turn.ts";

/**
 * Writes a key. Whatever could refuse it has been checked. Rows written: `history` and `version`, and one in
 * `lease_key` for each of a lease left and a lease joined.
 */
export function put(turn: Turn, op: PutOp): PutResult {
  const head = turn.heads.of(op.key);
  if (!head && (op.ignoreValue || op.ignoreLease)) throw new Withdrawal("key-not-found");
  // The old value is read only by those who need it: it may be a megabyte.
  const old = head && (op.prevKv || op.ignoreValue) ? keyAt(turn.sql, op.key) : undefined;
  const kv = written(turn, op, head, old);

  const lease = head?.lease ?? NO_LEASE;
  if (lease !== kv.lease) {
    leaseDetach(turn.direct, lease, op.key);
    leaseAttach(turn.direct, kv.lease, op.key);
  }
  changeAppend(turn, kv, false);
  if (op.prevKv && old) turnAnswer(turn, [old]);
  return {
    kind: "put",
    revision: turnRevision(turn),
    version: kv.version,
    ...(op.prevKv && old ? { prev: old } : {}),
  };
}

function written(turn: Turn, op: PutOp, head: Head | undefined, old: KeyValue | undefined): KeyValue {
  const revision = turn.before + 1;
  const contentType = op.contentType ?? (op.ignoreValue ? old?.contentType : undefined);
  return {
    key: op.key,
    value: op.ignoreValue && old ? old.value : op.value,
    ...(contentType ? { contentType } : {}),
    createRevision: head?.created ?? revision,
    modRevision: revision,
    version: (head?.version ?? 0) + 1,
    lease: (op.ignoreLease ? head?.lease : op.lease) ?? NO_LEASE,
  };
}

/** Deletes the keys of an interval in key order: two rows written each, and one for a lease left. */
export function deleteRange(turn: Turn, op: DeleteOp): DeleteResult {
  const prev = op.prevKv ? previous(turn, op) : undefined;
  const doomed = doomedOf(turn, intervalOf(op.key, op.end));
  for (const { key, lease } of doomed) remove(turn, key, lease ?? NO_LEASE);
  return { kind: "delete", revision: turnRevision(turn), deleted: doomed.length, ...(prev ? { prev } : {}) };
}

type Doomed = { key: Uint8Array; lease: string | null };

function doomedOf(turn: Turn, interval: Interval): readonly Doomed[] {
  if (interval.kind === "point") {
    const head = turn.heads.of(interval.key);
    return head ? [{ key: interval.key, lease: head.lease }] : [];
  }
  const scan = scanOf(interval, Number.MAX_SAFE_INTEGER);
  return turn.sql.exec<Doomed>(
    `${scan.with} SELECT h.key, h.lease FROM live CROSS JOIN history h ON h.id = live.id
      WHERE live.id % 2 = 0 LIMIT ${CHANGES_PER_COMMAND_MAX + 1}`,
    ...scan.bindings,
  );
}

function previous(turn: Turn, del: DeleteOp): readonly KeyValue[] {
  const view = { revision: turnRevision(turn), compact: turn.compact };
  const op: RangeOp = { kind: "range", key: del.key, ...(del.end ? { end: del.end } : {}), uncounted: true };
  const range = rangeRead(turn.sql, view, op, turn.answerBytesLeft);
  // A read of the newest revision can be refused for its size only.
  if (range.kind === "refused") throw new Withdrawal("answer-too-large");
  turnAnswer(turn, range.kvs);
  return range.kvs;
}

/** Deletes one key that exists. */
export function remove(turn: Turn, key: Uint8Array, lease: string): void {
  leaseDetach(turn.direct, lease, key);
  changeAppend(turn, tombstone(key, turn.before + 1), true);
}
