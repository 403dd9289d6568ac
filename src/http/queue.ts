import { utf8Encode } from "../api/bytes.ts";
import { prefixRange } from "../api/key-range.ts";
import type { KeyValue, LeaseId, Revision } from "../api/key-value.ts";
import type { Coordinator } from "../node/coordinate/coordinator.ts";
import type { PutOp, RangeOp, RangeResult, TxnOp, TxnPartResult, TxnResult } from "../state/command.ts";
import { changeWait } from "./change-wait.ts";

/*
 * The queue under locks and elections, etcd's and the native ones (clientv3/concurrency of etcd 3.4): keys
 * `name/<lease in hexadecimal>`, in order of their creation. The first is the owner; everybody else waits for the one
 * right before to go.
 */

/** One wait; then it is asked again whether the caller is still there. */
const WAIT_MS = 30_000;

/** `lost`: the place is not there any more; `gone`: the caller is not; `unreachable`: no learner answers. */
export type QueueFault = "lost" | "gone" | "unreachable";

/** The store as a queue needs it. Whatever else than a result there is, is thrown in the form of its interface. */
export interface QueueStore {
  readonly coordinator: Coordinator;
  /** Aborts when the caller has gone away. */
  readonly signal: AbortSignal;
  txn(op: TxnOp): Promise<TxnResult>;
  /** A linearizable read. */
  range(op: RangeOp): Promise<RangeResult>;
  error(fault: QueueFault): Error;
}

export interface Place {
  readonly key: Uint8Array;
  readonly lease: LeaseId;
  /** The revision that created it: the fencing token. */
  readonly revision: Revision;
  /** What the store was at when the place was taken or found. */
  readonly headerRevision: Revision;
  /** The place as it was found; undefined when it was taken just now. */
  readonly found: KeyValue | undefined;
}

/** Takes a place at the end, or finds the one that the lease has already. */
export async function placeTake(
  store: QueueStore,
  name: Uint8Array,
  lease: LeaseId,
  value: Uint8Array,
): Promise<Place> {
  const key = placeKey(name, lease);
  const put: PutOp = { kind: "put", key, value, lease };
  const range: RangeOp = { kind: "range", key };
  const op: TxnOp = {
    kind: "txn",
    compare: [{ key, result: "equal", target: { kind: "create", value: 0 } }],
    success: [put],
    failure: [range],
  };
  const { succeeded, revision, parts } = await store.txn(op);
  const found = succeeded ? undefined : kvOf(parts[0]);
  return { key, lease, revision: found?.createRevision ?? revision, headerRevision: revision, found };
}

/** Takes the only place of an empty queue; undefined when there is one. */
export async function placeTakeFirst(store: QueueStore, name: Uint8Array, lease: LeaseId): Promise<Place | undefined> {
  const key = placeKey(name, lease);
  const { key: first, end } = placesOf(name);
  const { succeeded, revision } = await store.txn({
    kind: "txn",
    compare: [{ key: first, end, result: "equal", target: { kind: "create", value: 0 } }],
    success: [{ kind: "put", key, value: new Uint8Array(), lease }],
    failure: [],
  });
  return succeeded ? { key, lease, revision, headerRevision: revision, found: undefined } : undefined;
}

/**
 * Waits until nobody is before `place`, and answers the store's revision then; undefined when `waitMs` are over first.
 * Deviates from etcd 3.4, which tells a waiter whose lease ran out that it holds the lock: the place must still be
 * there.
 */
export async function placeWait(
  store: QueueStore,
  name: Uint8Array,
  place: Place,
  waitMs = Number.POSITIVE_INFINITY,
): Promise<Revision | undefined> {
  const until = Date.now() + waitMs;
  for (;;) {
    const { before, revision } = await placeRead(store, name, place);
    if (before === undefined) return revision;
    const leftMs = until - Date.now();
    if (leftMs <= 0) return undefined;
    const wait = { key: before.key, since: revision, waitMs: Math.min(leftMs, WAIT_MS) };
    const waited = await changeWait(store.coordinator, wait, store.signal);
    if (store.signal.aborted) throw store.error("gone");
    if (waited === undefined) throw store.error("unreachable");
  }
}

/** The place right before `place`, which must be there itself. */
async function placeRead(store: QueueStore, name: Uint8Array, place: Place) {
  const { kvs, revision } = await store.range({
    ...placesOf(name),
    sortBy: "create",
    sortOrder: "descend",
    limit: 2,
    keysOnly: true,
    maxCreateRevision: place.revision,
  });
  const [mine, before] = kvs;
  if (mine?.createRevision !== place.revision || !isEqual(mine.key, place.key)) throw store.error("lost");
  return { before, revision };
}

/** Deletes the place, if it is still the one that was taken at `created`. */
export async function placeLeave(store: QueueStore, key: Uint8Array, created: Revision): Promise<TxnResult> {
  return store.txn({
    kind: "txn",
    compare: [{ key, result: "equal", target: { kind: "create", value: created } }],
    success: [{ kind: "delete", key }],
    failure: [],
  });
}

/** The owner: who came first of all that are there; `count` is all of them. */
export async function placeFirst(
  store: QueueStore,
  name: Uint8Array,
): Promise<{ kv?: KeyValue | undefined; revision: Revision; count: number }> {
  const range = { ...placesOf(name), sortBy: "create", sortOrder: "ascend", limit: 1 } as const;
  const { kvs, revision, count } = await store.range(range);
  return { kv: kvs[0], revision, count };
}

/** The place that was taken at `created`, if it is there. */
export async function placeAt(store: QueueStore, name: Uint8Array, created: Revision) {
  const { kvs, revision } = await store.range({
    ...placesOf(name),
    keysOnly: true,
    minCreateRevision: created,
    maxCreateRevision: created,
  });
  return { kv: kvs[0], revision };
}

export function placesOf(name: Uint8Array) {
  return { kind: "range", ...prefixRange(joined(name, utf8Encode("/"))) } as const;
}

function placeKey(name: Uint8Array, lease: LeaseId): Uint8Array {
  return joined(name, utf8Encode(`/${BigInt.asUintN(64, BigInt(lease)).toString(16)}`));
}

function kvOf(part: TxnPartResult | undefined): KeyValue | undefined {
  return part?.kind === "range" ? part.kvs[0] : undefined;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.of(...a, ...b);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
