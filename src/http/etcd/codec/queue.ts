import type { Revision } from "../../../api/key-value.ts";
import type { FieldSpec, MessageSpec } from "./message.ts";

/** Requests of etcd's lock and election services (v3lock.proto and v3election.proto of etcd 3.4). */

export interface LockRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
}
export interface UnlockRequest {
  readonly key: Uint8Array;
}
export interface CampaignRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
  readonly value: Uint8Array;
}
export interface LeaderKey {
  readonly name: Uint8Array;
  readonly key: Uint8Array;
  readonly rev: bigint;
  readonly lease: bigint;
}
export interface ProclaimRequest {
  readonly leader: LeaderKey | undefined;
  readonly value: Uint8Array;
}
export interface LeaderRequest {
  readonly name: Uint8Array;
}
export interface ResignRequest {
  readonly leader: LeaderKey | undefined;
}

const bytes = (number: number): FieldSpec => ({ kind: "bytes", number });
const int64 = (number: number): FieldSpec => ({ kind: "int64", number });

const LeaderKey: MessageSpec<LeaderKey> = { name: bytes(1), key: bytes(2), rev: int64(3), lease: int64(4) };
// A message that is not given is told from one that is empty, as a member of a `oneof` is.
const leader: FieldSpec = { kind: "message", number: 1, spec: () => LeaderKey, oneof: true };

export const LockRequest: MessageSpec<LockRequest> = { name: bytes(1), lease: int64(2) };
export const UnlockRequest: MessageSpec<UnlockRequest> = { key: bytes(1) };
export const CampaignRequest: MessageSpec<CampaignRequest> = { name: bytes(1), lease: int64(2), value: bytes(3) };
export const ProclaimRequest: MessageSpec<ProclaimRequest> = { leader, value: bytes(2) };
export const LeaderRequest: MessageSpec<LeaderRequest> = { name: bytes(1) };
export const ResignRequest: MessageSpec<ResignRequest> = { leader };

/** Far beyond all there is stays that; anything below nothing is nothing. */
export function revOf({ rev }: LeaderKey): Revision {
  return Number(BigInt.asUintN(53, rev < 0n ? 0n : rev));
}
