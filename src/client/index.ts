export type { FlagContext, FlagErrorCode, FlagReason, Resolution } from "../flags/resolution.ts";
export type { CallOptions } from "./caller.ts";
export type { Config } from "./config.ts";
export type { Elections, Leadership } from "./elections.ts";
export type { Entry } from "./entry.ts";
export { type ClientCode, type Outcome, SynodError } from "./error.ts";
export type { FlagEngine } from "./flag-engine.ts";
export type { EvaluateOptions, Flags, FlagsEvaluated } from "./flags-remote.ts";
export type { HistoryOptions, Version } from "./history.ts";
export type { Key, Selector } from "./key.ts";
export type { Kv } from "./kv.ts";
export type { GrantOptions, Lease, LeaseHeld, Leases } from "./leases.ts";
export type { AcquireOptions, Lock, Locks } from "./locks.ts";
export type { ConditionOptions, ListOptions, PutOptions, ReadOptions, WriteOptions } from "./options.ts";
export type { Chosen, Proposals, Proposed } from "./propose.ts";
export type { Receipt } from "./receipt.ts";
export type {
  Change,
  Effective,
  Release,
  ReleaseDraft,
  ReleaseHealth,
  ReleasePlan,
  Releases,
  TransitionOptions,
} from "./releases.ts";
export type { SnapshotStore } from "./snapshot/store.ts";
export type { StandardSchema } from "./standard-schema.ts";
export { createSynod, type Place, type Synod, type SynodOptions } from "./synod.ts";
export type { ServiceBinding } from "./transport.ts";
export {
  type Comparison,
  get,
  type Operation,
  put,
  range,
  remove,
  type TxnRequest,
  type TxnResult,
  when,
} from "./txn.ts";
export type { As } from "./value.ts";
export type { View, ViewOptions, ViewStateName } from "./view.ts";
export type { Pinned } from "./view-state.ts";
export type { Watch, WatchOptions, WatchSelector, WatchState } from "./watch.ts";
export type { Batch, WatchEvent } from "./watch-batch.ts";
