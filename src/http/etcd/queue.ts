import { utf8Encode } from "../../api/bytes.ts";
import { prefixRange } from "../../api/key-range.ts";
import type { KeyValue, LeaseId, Revision } from "../../api/key-value.ts";
import type { PutOp, RangeOp, TxnOp, TxnPartResult } from "../../state/command.ts";
import { changeWait } from "../change-wait.ts";
import { type EtcdCall, read, write } from "./call.ts";
import { EtcdError } from "./codec/error.ts";

/*
 * The queue under etcd's locks and elections (clientv3/concurrency of etcd 3.4): keys `name/<lease in hexadecimal>`, in
 * order of their creation. The first is the owner; everybody else waits for those before to go.
 */

/** What etcd grants a caller that names no lease. Nobody keeps it alive. */
const LEASE_TTL_S = 60;
/** One wait; then it is asked again whether the caller is still there. */
const WAIT_MS = 30_000;

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

/** Takes a place, or finds the one that the lease has already. */
export async function placeTake(
  call: EtcdCall,
  name: Uint8Array,
  leaseAsked: bigint,
  value: Uint8Array,
): Promise<Place> {
  const lease = leaseAsked === 0n ? await leaseGranted(call) : `${leaseAsked}`;
  const key = joined(name, utf8Encode(`/${BigInt.asUintN(64, BigInt(lease)).toString(16)}`));
  const put: PutOp = { kind: "put", key, value, lease };
  const range: RangeOp = { kind: "range", key };
  const op: TxnOp = {
    kind: "txn",
    compare: [{ key, result: "equal", target: { kind: "create", value: 0 } }],
    success: [put],
    failure: [range],
  };
  const { succeeded, revision, parts } = await write(call, op, "txn").catch(leaseUnknown);
  const found = succeeded ? undefined : kvOf(parts[0]);
  return { key, lease, revision: found?.createRevision ?? revision, headerRevision: revision, found };
}

/**
 * Waits until nobody is before `place`. Deviates from etcd 3.4, which tells a waiter whose lease ran out that it holds
 * the lock: the place must still be there. A caller that goes away gives its place up.
 */
export async function placeWait(call: EtcdCall, name: Uint8Array, place: Place): Promise<Revision> {
  for (;;) {
    const before = await lastBefore(call, name, place.revision);
    if (before.kv === undefined) break;
    const wait = { key: before.kv.key, since: before.revision, waitMs: WAIT_MS };
    const waited = await changeWait(call.coordinator, wait, call.request.signal);
    if (call.request.signal.aborted) {
      await placeLeave(call, place.key, place.revision);
      throw new EtcdError("unknown", "context canceled");
    }
    if (waited === undefined) throw EtcdError.named("no-leader");
  }
  const { kvs, revision } = await read(call, query({ kind: "range", key: place.key }), "range");
  if (kvs[0]?.createRevision !== place.revision) throw lostLease();
  return revision;
}

/** Deletes the place, if it is still the one that was taken at `created`. */
export async function placeLeave(call: EtcdCall, key: Uint8Array, created: Revision): Promise<Revision> {
  const op: TxnOp = {
    kind: "txn",
    compare: [{ key, result: "equal", target: { kind: "create", value: created } }],
    success: [{ kind: "delete", key }],
    failure: [],
  };
  return (await write(call, op, "txn")).revision;
}

/** The owner: who came first of all that are there. */
export async function placeFirst(
  call: EtcdCall,
  name: Uint8Array,
): Promise<{ kv?: KeyValue | undefined; revision: Revision }> {
  const range = { ...placesOf(name), sortBy: "create", sortOrder: "ascend", limit: 1 } as const;
  const { kvs, revision } = await read(call, query(range), "range");
  return { kv: kvs[0], revision };
}

async function lastBefore(call: EtcdCall, name: Uint8Array, created: Revision) {
  const range = {
    ...placesOf(name),
    sortBy: "create",
    sortOrder: "descend",
    limit: 1,
    keysOnly: true,
    maxCreateRevision: created - 1,
  } as const;
  const { kvs, revision } = await read(call, query(range), "range");
  return { kv: kvs[0], revision };
}

export function placesOf(name: Uint8Array): RangeOp {
  return { kind: "range", ...prefixRange(joined(name, utf8Encode("/"))) };
}

async function leaseGranted(call: EtcdCall): Promise<LeaseId> {
  const op = { kind: "lease-grant", lease: call.freshLease(), ttl: LEASE_TTL_S } as const;
  return (await write(call, op, "lease-grant")).lease;
}

function query(range: RangeOp) {
  return { query: range, consistency: "linearizable" } as const;
}

function kvOf(part: TxnPartResult | undefined): KeyValue | undefined {
  return part?.kind === "range" ? part.kvs[0] : undefined;
}

/** etcd's lock service passes its client's error on as it is, without a code of its own. */
function leaseUnknown(error: unknown): never {
  throw error instanceof EtcdError && error.code === 5 ? lostLease() : error;
}

export function lostLease(): EtcdError {
  return new EtcdError("unknown", "etcdserver: requested lease not found");
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.of(...a, ...b);
}
