import { bytesCompare } from "../api/bytes.ts";
import { keyName } from "./key-name.ts";
import type { DeleteOp } from "./ops/delete.ts";
import type { TxnOp, TxnPart } from "./ops/txn-op.ts";

/** What a list of operations may put and delete. */
interface Reach {
  readonly puts: Map<string, Uint8Array>;
  readonly deletes: DeleteOp[];
}

/**
 * Whether a transaction might put a key twice, or put a key that it also deletes, by etcd's rules: both branches
 * count, though the two branches of one nested transaction may put the same key, as only one of them runs. Like etcd,
 * this does not see that an open-ended delete meets a put, nor that a nested delete meets a put nested before it.
 */
export function txnOverlaps(txn: TxnOp): boolean {
  return reachOf(txn.success) === undefined || reachOf(txn.failure) === undefined;
}

function reachOf(parts: readonly TxnPart[]): Reach | undefined {
  const reach: Reach = { puts: new Map(), deletes: parts.filter((part) => part.kind === "delete") };
  for (const part of parts) {
    if (part.kind === "txn" && !reachAddNested(reach, part)) return undefined;
  }
  for (const part of parts) {
    if (part.kind === "put" && !reachAdd(reach, keyName(part.key), part.key)) return undefined;
  }
  return reach;
}

function reachAddNested(reach: Reach, txn: TxnOp): boolean {
  const success = reachOf(txn.success);
  const failure = success && reachOf(txn.failure);
  if (!success || !failure) return false;
  for (const [name, key] of success.puts) {
    if (!reachAdd(reach, name, key)) return false;
  }
  for (const [name, key] of failure.puts) {
    if (success.puts.has(name)) continue;
    if (!reachAdd(reach, name, key)) return false;
  }
  reach.deletes.push(...success.deletes, ...failure.deletes);
  return true;
}

function reachAdd(reach: Reach, name: string, key: Uint8Array): boolean {
  if (reach.puts.has(name) || reach.deletes.some((op) => deletes(op, key))) return false;
  reach.puts.set(name, key);
  return true;
}

/** As etcd's interval tree sees it: the end is taken literally, so that a single zero byte is before every key. */
function deletes(op: DeleteOp, key: Uint8Array): boolean {
  if (!op.end || op.end.length === 0) return bytesCompare(op.key, key) === 0;
  return bytesCompare(op.key, key) <= 0 && bytesCompare(key, op.end) < 0;
}
