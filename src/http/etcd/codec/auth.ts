import type { FieldSpec, MessageSpec } from "./message.ts";

/** Requests of etcd's auth service (rpc.proto and auth.proto of etcd 3.4). */

export interface AuthenticateRequest {
  readonly name: string;
  readonly password: string;
}
export interface UserAddRequest {
  readonly name: string;
  readonly password: string;
  readonly options: { readonly no_password: boolean } | undefined;
}
export interface NameRequest {
  readonly name: string;
}
export interface UserGrantRequest {
  readonly user: string;
  readonly role: string;
}
export interface UserRevokeRequest {
  readonly name: string;
  readonly role: string;
}
export interface RoleRequest {
  readonly role: string;
}
export interface Permission {
  /** An index into `PERMISSIONS`. */
  readonly permType: number;
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
}
export interface RoleGrantRequest {
  readonly name: string;
  readonly perm: Permission | undefined;
}
export interface RoleRevokeRequest {
  readonly role: string;
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
}

export const PERMISSIONS = ["READ", "WRITE", "READWRITE"] as const;

const text = (number: number): FieldSpec => ({ kind: "string", number });
const bytes = (number: number): FieldSpec => ({ kind: "bytes", number });

const UserAddOptions: MessageSpec<{ readonly no_password: boolean }> = { no_password: { kind: "bool", number: 1 } };
const Permission: MessageSpec<Permission> = {
  permType: { kind: "enum", number: 1, type: "authpb.Permission_Type", names: PERMISSIONS },
  key: bytes(2),
  range_end: bytes(3),
};

export const AuthenticateRequest: MessageSpec<AuthenticateRequest> = { name: text(1), password: text(2) };
export const UserAddRequest: MessageSpec<UserAddRequest> = {
  name: text(1),
  password: text(2),
  options: { kind: "message", number: 3, spec: () => UserAddOptions },
};
export const NameRequest: MessageSpec<NameRequest> = { name: text(1) };
export const UserGrantRequest: MessageSpec<UserGrantRequest> = { user: text(1), role: text(2) };
export const UserRevokeRequest: MessageSpec<UserRevokeRequest> = { name: text(1), role: text(2) };
export const RoleRequest: MessageSpec<RoleRequest> = { role: text(1) };
export const RoleGrantRequest: MessageSpec<RoleGrantRequest> = {
  name: text(1),
  // Told from an empty one, as a member of a `oneof` is.
  perm: { kind: "message", number: 2, spec: () => Permission, oneof: true },
};
export const RoleRevokeRequest: MessageSpec<RoleRevokeRequest> = { role: text(1), key: bytes(2), range_end: bytes(3) };
