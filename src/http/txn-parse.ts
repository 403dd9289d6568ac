import { excessive, faulty, keyBytes, rangeBytes, valueBytes } from "../api/key-fields.ts";
import { CONTENT_TYPE_BYTES_MAX, REQUEST_BYTES_MAX, TXN_DEPTH_MAX, TXN_OPS_MAX } from "../api/limits.ts";
import type { CompareJson, OperationJson, TxnJson } from "../api/txn-json.ts";
import type { Compare, DeleteOp, PutOp, RangeOp, TxnOp, TxnPart } from "../state/command.ts";
import { txnOverlaps } from "./txn-overlap.ts";

/** The command that a transaction's JSON stands for; throws the problem with it. */
export function txnParse(json: TxnJson): TxnOp {
  const op = txnOp(json, "", { ops: TXN_OPS_MAX, depth: TXN_DEPTH_MAX });
  if (txnBytes(op) > REQUEST_BYTES_MAX) {
    throw excessive("txn", `keys and values together have at most ${REQUEST_BYTES_MAX} bytes`);
  }
  if (txnOverlaps(op)) throw faulty("txn", "a transaction may change a key only once");
  return op;
}

/** What a transaction may still hold. As in etcd, each list counts by itself, and the longest against those within. */
interface Room {
  readonly ops: number;
  readonly depth: number;
}

function txnOp(json: TxnJson, at: string, room: Room): TxnOp {
  const place = at === "" ? "txn" : at.slice(0, -1);
  const { compare = [], success = [], failure = [] } = json;
  const longest = Math.max(compare.length, success.length, failure.length);
  if (longest > room.ops) throw excessive(place, `at most ${TXN_OPS_MAX} operations, nested ones included`);
  if (room.depth === 0) throw excessive(place, `at most ${TXN_DEPTH_MAX} transactions in one another`);
  const within = { ops: room.ops - longest, depth: room.depth - 1 };
  const parts = (list: readonly OperationJson[], name: string) =>
    list.map((part, index) => operation(part, `${at}${name}.${index}`, within));
  return {
    kind: "txn",
    compare: compare.map((one, index) => comparison(one, `${at}compare.${index}`)),
    success: parts(success, "success"),
    failure: parts(failure, "failure"),
  };
}

const RESULTS = { "=": "equal", "!=": "not-equal", "<": "less", ">": "greater" } as const;

function comparison(json: CompareJson, at: string): Compare {
  const targets: Compare["target"][] = [];
  const { value, version, create_revision: create, mod_revision: mod, lease } = json;
  if (value !== undefined)
    targets.push({ kind: "value", value: valueBytes(value, json.value_encoding, `${at}.value`) });
  if (version !== undefined) targets.push({ kind: "version", value: version });
  if (create !== undefined) targets.push({ kind: "create", value: create });
  if (mod !== undefined) targets.push({ kind: "mod", value: mod });
  if (lease !== undefined) targets.push({ kind: "lease", value: lease });
  const [target] = targets;
  if (target === undefined || targets.length > 1) {
    throw faulty(at, "compare one of value, version, create_revision, mod_revision and lease");
  }
  return { ...rangeBytes(json, at), result: RESULTS[json.op ?? "="], target };
}

function operation(json: OperationJson, at: string, room: Room): TxnPart {
  const { put, delete: del, range, txn } = json;
  if (Object.values(json).filter((part) => part !== undefined).length !== 1) {
    throw faulty(at, "exactly one of put, delete, range and txn");
  }
  if (put !== undefined) return putOp(put, `${at}.put`);
  if (del !== undefined) return deleteOp(del, `${at}.delete`);
  if (range !== undefined) return rangeOp(range, `${at}.range`);
  return txnOp(txn ?? {}, `${at}.txn.`, room);
}

function putOp(json: NonNullable<OperationJson["put"]>, at: string): PutOp {
  const { value, ignore_value: ignoreValue, content_type: contentType } = json;
  if ((value === undefined) !== (ignoreValue === true)) throw faulty(at, "give either value or ignore_value");
  if (contentType !== undefined && !/^[\x20-\x7e]{1,256}$/.test(contentType)) {
    throw faulty(`${at}.content_type`, `1 to ${CONTENT_TYPE_BYTES_MAX} printable ASCII characters`);
  }
  return {
    kind: "put",
    key: keyBytes(json.key, json.key_encoding, `${at}.key`),
    value: valueBytes(value ?? "", json.value_encoding, `${at}.value`),
    ...(contentType === undefined ? {} : { contentType }),
    ...(json.lease === undefined ? {} : { lease: json.lease }),
    ...(ignoreValue === true ? { ignoreValue } : {}),
    ...(json.ignore_lease === true ? { ignoreLease: true } : {}),
    ...(json.prev_kv === true ? { prevKv: true } : {}),
  };
}

function deleteOp(json: NonNullable<OperationJson["delete"]>, at: string): DeleteOp {
  return { kind: "delete", ...rangeBytes(json, at), ...(json.prev_kv === true ? { prevKv: true } : {}) };
}

function rangeOp(json: NonNullable<OperationJson["range"]>, at: string): RangeOp {
  const more = {
    revision: json.revision,
    limit: json.limit,
    sortBy: json.sort_by,
    sortOrder: json.sort_order ?? (json.sort_by === undefined ? undefined : "ascend"),
    keysOnly: json.keys_only,
    countOnly: json.count_only,
    minModRevision: json.min_mod_revision,
    maxModRevision: json.max_mod_revision,
    minCreateRevision: json.min_create_revision,
    maxCreateRevision: json.max_create_revision,
  };
  // Log entries are plain data, in which what is absent is not there.
  const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
  return { kind: "range", ...rangeBytes(json, at), ...given };
}

function txnBytes(op: TxnOp): number {
  let bytes = 0;
  for (const { key, end, target } of op.compare) {
    bytes += key.length + (end?.length ?? 0) + (target.kind === "value" ? target.value.length : 0);
  }
  for (const part of [...op.success, ...op.failure]) {
    if (part.kind === "txn") bytes += txnBytes(part);
    else bytes += part.key.length + (part.kind === "put" ? part.value.length : (part.end?.length ?? 0));
  }
  return bytes;
}
