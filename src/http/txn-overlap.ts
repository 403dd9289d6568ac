import { byteString, bytesCompare } from "../api/bytes.ts";
import type { TxnOp, TxnPart } from "../state/command.ts";
import { type Interval, intervalOf } from "../state/interval.ts";

/** What a list of operations may put and delete, whichever branches are taken. */
interface Reach {
  readonly puts: ReadonlyMap<string, Uint8Array>;
  readonly deletes: readonly Interval[];
}

const NOTHING: Reach = { puts: new Map(), deletes: [] };

/**
 * Whether a transaction might put a key twice, or put a key that it also deletes. Stricter than etcd's check, which the
 * state machine makes: that one does not see that a delete without an end meets a put, nor all that is nested.
 */
export function txnOverlaps({ success, failure }: TxnOp): boolean {
  return reachOf(success) === undefined || reachOf(failure) === undefined;
}

/** Undefined where two of the operations meet. */
function reachOf(parts: readonly TxnPart[]): Reach | undefined {
  let reach: Reach = NOTHING;
  for (const part of parts) {
    const next = partReach(part);
    if (next === undefined || meets(reach, next) || meets(next, reach)) return undefined;
    reach = union(reach, next);
  }
  return reach;
}

function partReach(part: TxnPart): Reach | undefined {
  switch (part.kind) {
    case "range":
      return NOTHING;
    case "put":
      return { puts: new Map([[byteString(part.key), part.key]]), deletes: [] };
    case "delete":
      return { puts: new Map(), deletes: [intervalOf(part.key, part.end)] };
    case "txn": {
      // Only one of its branches runs, so that these may meet each other.
      const success = reachOf(part.success);
      const failure = reachOf(part.failure);
      return success && failure && union(success, failure);
    }
  }
}

/** Whether a put of one meets a put or a delete of the other. */
function meets({ puts }: Reach, other: Reach): boolean {
  return [...puts].some(
    ([name, key]) => other.puts.has(name) || other.deletes.some((interval) => holds(interval, key)),
  );
}

function holds(interval: Interval, key: Uint8Array): boolean {
  if (interval.kind === "point") return bytesCompare(interval.key, key) === 0;
  return bytesCompare(interval.from, key) <= 0 && bytesCompare(key, interval.to) < 0;
}

function union(one: Reach, other: Reach): Reach {
  return { puts: new Map([...one.puts, ...other.puts]), deletes: [...one.deletes, ...other.deletes] };
}
