import type { FieldSpec, MessageSpec } from "./message.ts";

/** etcd's requests (rpc.proto of etcd 3.4), in the words of the protocol: what is absent has its default. */

export interface RangeRequest {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly limit: bigint;
  readonly revision: bigint;
  readonly sort_order: number;
  readonly sort_target: number;
  readonly serializable: boolean;
  readonly keys_only: boolean;
  readonly count_only: boolean;
  readonly min_mod_revision: bigint;
  readonly max_mod_revision: bigint;
  readonly min_create_revision: bigint;
  readonly max_create_revision: bigint;
}

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease: bigint;
  readonly prev_kv: boolean;
  readonly ignore_value: boolean;
  readonly ignore_lease: boolean;
}

export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly prev_kv: boolean;
}

export interface CompareRequest {
  readonly result: number;
  readonly target: number;
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly version: bigint | undefined;
  readonly create_revision: bigint | undefined;
  readonly mod_revision: bigint | undefined;
  readonly value: Uint8Array | undefined;
  readonly lease: bigint | undefined;
}

export interface RequestOp {
  readonly request_range: RangeRequest | undefined;
  readonly request_put: PutRequest | undefined;
  readonly request_delete_range: DeleteRangeRequest | undefined;
  readonly request_txn: TxnRequest | undefined;
}

export interface TxnRequest {
  readonly compare: readonly CompareRequest[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export interface CompactionRequest {
  readonly revision: bigint;
  readonly physical: boolean;
}

export interface LeaseGrantRequest {
  readonly TTL: bigint;
  readonly ID: bigint;
}
export interface LeaseRequest {
  readonly ID: bigint;
}
export interface LeaseTimeToLiveRequest {
  readonly ID: bigint;
  readonly keys: boolean;
}

export interface WatchCreateRequest {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly start_revision: bigint;
  readonly progress_notify: boolean;
  readonly filters: readonly number[];
  readonly prev_kv: boolean;
  readonly watch_id: bigint;
  readonly fragment: boolean;
}

export interface WatchStreamRequest {
  readonly create_request: WatchCreateRequest | undefined;
  readonly cancel_request: { readonly watch_id: bigint } | undefined;
  readonly progress_request: Readonly<Record<never, never>> | undefined;
}

const bytes = (number: number): FieldSpec => ({ kind: "bytes", number });
const uint64 = (number: number): FieldSpec => ({ kind: "uint64", number });
const int64 = (number: number): FieldSpec => ({ kind: "int64", number });
const bool = (number: number): FieldSpec => ({ kind: "bool", number });
const enumeration = (number: number, type: string, names: readonly string[]): FieldSpec => ({
  kind: "enum",
  number,
  type: `etcdserverpb.${type}`,
  names,
});
const message = <T>(number: number, spec: () => MessageSpec<T>): FieldSpec => ({
  kind: "message",
  number,
  spec: spec as () => Readonly<Record<string, FieldSpec>>,
});
const oneof = (field: FieldSpec): FieldSpec => ({ ...field, oneof: true });
const repeated = (field: FieldSpec): FieldSpec => ({ ...field, repeated: true });

export const SORT_ORDERS = ["NONE", "ASCEND", "DESCEND"] as const;
export const SORT_TARGETS = ["KEY", "VERSION", "CREATE", "MOD", "VALUE"] as const;
export const COMPARE_RESULTS = ["EQUAL", "GREATER", "LESS", "NOT_EQUAL"] as const;
export const COMPARE_TARGETS = ["VERSION", "CREATE", "MOD", "VALUE", "LEASE"] as const;
export const WATCH_FILTERS = ["NOPUT", "NODELETE"] as const;

export const RangeRequest: MessageSpec<RangeRequest> = {
  key: bytes(1),
  range_end: bytes(2),
  limit: int64(3),
  revision: int64(4),
  sort_order: enumeration(5, "RangeRequest_SortOrder", SORT_ORDERS),
  sort_target: enumeration(6, "RangeRequest_SortTarget", SORT_TARGETS),
  serializable: bool(7),
  keys_only: bool(8),
  count_only: bool(9),
  min_mod_revision: int64(10),
  max_mod_revision: int64(11),
  min_create_revision: int64(12),
  max_create_revision: int64(13),
};

export const PutRequest: MessageSpec<PutRequest> = {
  key: bytes(1),
  value: bytes(2),
  lease: int64(3),
  prev_kv: bool(4),
  ignore_value: bool(5),
  ignore_lease: bool(6),
};

export const DeleteRangeRequest: MessageSpec<DeleteRangeRequest> = {
  key: bytes(1),
  range_end: bytes(2),
  prev_kv: bool(3),
};

const CompareRequest: MessageSpec<CompareRequest> = {
  result: enumeration(1, "Compare_CompareResult", COMPARE_RESULTS),
  target: enumeration(2, "Compare_CompareTarget", COMPARE_TARGETS),
  key: bytes(3),
  version: oneof(int64(4)),
  create_revision: oneof(int64(5)),
  mod_revision: oneof(int64(6)),
  value: oneof(bytes(7)),
  lease: oneof(int64(8)),
  range_end: bytes(64),
};

const RequestOp: MessageSpec<RequestOp> = {
  request_range: oneof(message(1, () => RangeRequest)),
  request_put: oneof(message(2, () => PutRequest)),
  request_delete_range: oneof(message(3, () => DeleteRangeRequest)),
  request_txn: oneof(message(4, () => TxnRequest)),
};

export const TxnRequest: MessageSpec<TxnRequest> = {
  compare: repeated(message(1, () => CompareRequest)),
  success: repeated(message(2, () => RequestOp)),
  failure: repeated(message(3, () => RequestOp)),
};

export const CompactionRequest: MessageSpec<CompactionRequest> = { revision: int64(1), physical: bool(2) };
export const LeaseGrantRequest: MessageSpec<LeaseGrantRequest> = { TTL: int64(1), ID: int64(2) };
export const LeaseRequest: MessageSpec<LeaseRequest> = { ID: int64(1) };
export const LeaseTimeToLiveRequest: MessageSpec<LeaseTimeToLiveRequest> = { ID: int64(1), keys: bool(2) };
export const ALARM_ACTIONS = ["GET", "ACTIVATE", "DEACTIVATE"] as const;
export const ALARM_TYPES = ["NONE", "NOSPACE", "CORRUPT"] as const;

export interface AlarmRequest {
  readonly action: number;
  readonly memberID: bigint;
  readonly alarm: number;
}

export const AlarmRequest: MessageSpec<AlarmRequest> = {
  action: enumeration(1, "AlarmRequest_AlarmAction", ALARM_ACTIONS),
  memberID: uint64(2),
  alarm: enumeration(3, "AlarmType", ALARM_TYPES),
};
export const EmptyRequest: MessageSpec<Readonly<Record<never, never>>> = {};

const WatchCreateRequest: MessageSpec<WatchCreateRequest> = {
  key: bytes(1),
  range_end: bytes(2),
  start_revision: int64(3),
  progress_notify: bool(4),
  filters: repeated(enumeration(5, "WatchCreateRequest_FilterType", WATCH_FILTERS)),
  prev_kv: bool(6),
  watch_id: int64(7),
  fragment: bool(8),
};

export const WatchStreamRequest: MessageSpec<WatchStreamRequest> = {
  create_request: oneof(message(1, () => WatchCreateRequest)),
  cancel_request: oneof(message(2, (): MessageSpec<{ readonly watch_id: bigint }> => ({ watch_id: int64(1) }))),
  progress_request: oneof(message(3, () => EmptyRequest)),
};
