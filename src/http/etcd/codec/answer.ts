import { base64Encode } from "../../../api/base64.ts";
import type { KeyValue, LeaseId, Revision } from "../../../api/key-value.ts";
import type { RangeResult, TxnPartResult, TxnResult } from "../../../state/command.ts";

/** etcd's answers in its gateway's JSON: original field names, defaults left out, 64-bit numbers as strings. */

type Json = Readonly<Record<string, unknown>>;

/** Who answers. All of them are numbers in decimal. */
export interface Answerer {
  readonly clusterId: string;
  readonly memberId: string;
  readonly term: string;
}

export function headerJson({ clusterId, memberId, term }: Answerer, revision?: Revision): Json {
  return { cluster_id: clusterId, member_id: memberId, ...integer("revision", revision), raft_term: term };
}

/** A 64-bit number under its name, unless it is 0. */
export function integer(name: string, value: number | string | undefined): Json {
  return value === undefined || value === 0 || value === "0" ? {} : { [name]: `${value}` };
}

export function bytes(name: string, value: Uint8Array): Json {
  return value.length === 0 ? {} : { [name]: base64Encode(value) };
}

export function flag(name: string, value: boolean): Json {
  return value ? { [name]: true } : {};
}

export function list(name: string, items: readonly unknown[]): Json {
  return items.length === 0 ? {} : { [name]: items };
}

export function keyValueJson(kv: Omit<KeyValue, "contentType">): Json {
  return {
    ...bytes("key", kv.key),
    ...integer("create_revision", kv.createRevision),
    ...integer("mod_revision", kv.modRevision),
    ...integer("version", kv.version),
    ...bytes("value", kv.value),
    ...integer("lease", kv.lease),
  };
}

export function rangeJson(result: RangeResult, header: Json): Json {
  return {
    header,
    ...list("kvs", result.kvs.map(keyValueJson)),
    ...flag("more", result.more),
    ...integer("count", result.count),
  };
}

export function putJson(prev: KeyValue | undefined, header: Json): Json {
  return { header, ...(prev === undefined ? {} : { prev_kv: keyValueJson(prev) }) };
}

export function deleteJson(deleted: number, prev: readonly KeyValue[] | undefined, header: Json): Json {
  return { header, ...integer("deleted", deleted), ...list("prev_kvs", (prev ?? []).map(keyValueJson)) };
}

export function txnJson(result: TxnResult, header: Json): Json {
  return { header, ...flag("succeeded", result.succeeded), ...list("responses", result.parts.map(partJson)) };
}

/** Within a transaction a header has the revision only, and a nested transaction's not even that. */
function partJson(part: TxnPartResult): Json {
  const header = integer("revision", part.revision);
  switch (part.kind) {
    case "range":
      return { response_range: rangeJson(part, header) };
    case "put":
      return { response_put: putJson(part.prev, header) };
    case "delete":
      return { response_delete_range: deleteJson(part.deleted, part.prev, header) };
    case "txn":
      return { response_txn: txnJson(part, {}) };
  }
}

export function leaseJson(lease: LeaseId, ttl: number, header: Json): Json {
  return { header, ...integer("ID", lease), ...integer("TTL", ttl) };
}

/** A lease that is not held has a TTL of -1. */
export function leaseTimeJson(
  lease: LeaseId,
  held: { readonly remaining: number; readonly granted: number; readonly keys: readonly Uint8Array[] } | undefined,
  header: Json,
): Json {
  if (held === undefined) return leaseJson(lease, -1, header);
  return {
    ...leaseJson(lease, held.remaining, header),
    ...integer("grantedTTL", held.granted),
    ...list("keys", held.keys.map(base64Encode)),
  };
}

export function leasesJson(leases: readonly LeaseId[], header: Json): Json {
  return {
    header,
    ...list(
      "leases",
      leases.map((lease) => ({ ID: lease })),
    ),
  };
}
