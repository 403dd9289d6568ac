import type { LeaseId } from "../../api/key-value.ts";
import { type Place, placeLeave, placeTake, placeWait, type QueueFault, type QueueStore } from "../queue.ts";
import { type EtcdCall, read, write } from "./call.ts";
import { EtcdError } from "./codec/error.ts";

/** What etcd grants a caller that names no lease. Nobody keeps it alive. */
const LEASE_TTL_S = 60;

export function queueStore(call: EtcdCall): QueueStore {
  return {
    coordinator: call.coordinator,
    signal: call.request.signal,
    txn: (op) => write(call, op, "txn").catch(leaseUnknown),
    range: (query) => read(call, { query, consistency: "linearizable" }, "range"),
    error: (fault) => FAULTS[fault](),
  };
}

const FAULTS: Readonly<Record<QueueFault, () => EtcdError>> = {
  lost: lostLease,
  gone: () => new EtcdError("unknown", "context canceled"),
  unreachable: () => EtcdError.named("no-leader"),
};

/** Takes a place, under a lease of its own when `lease` is 0. */
export async function placeJoin(
  call: EtcdCall,
  store: QueueStore,
  { name, lease }: { readonly name: Uint8Array; readonly lease: bigint },
  value: Uint8Array,
): Promise<Place> {
  return placeTake(store, name, lease === 0n ? await leaseGranted(call) : `${lease}`, value);
}

/** Waits for the place's turn. A caller that goes away gives its place up. */
export async function placeTurn(store: QueueStore, name: Uint8Array, place: Place): Promise<number> {
  try {
    return (await placeWait(store, name, place)) ?? place.revision;
  } catch (error) {
    if (store.signal.aborted) await placeLeave(store, place.key, place.revision);
    throw error;
  }
}

async function leaseGranted(call: EtcdCall): Promise<LeaseId> {
  const op = { kind: "lease-grant", lease: call.freshLease(), ttl: LEASE_TTL_S } as const;
  return (await write(call, op, "lease-grant")).lease;
}

/** etcd's lock service passes its client's error on as it is, without a code of its own. */
function leaseUnknown(error: unknown): never {
  throw error instanceof EtcdError && error.code === 5 ? lostLease() : error;
}

function lostLease(): EtcdError {
  return new EtcdError("unknown", "etcdserver: requested lease not found");
}
