import { KEY_BYTES_MAX } from "../../../api/limits.ts";
import { PRESETS, ROLES_PATH, ROOT_NAME, type RoleJson, RoleName, RULES_MAX } from "../../../policy/documents.ts";
import { type EtcdPermission, permissionOf, rulesGranted, rulesRevoked } from "../../../policy/etcd-permission.ts";
import { deniedError } from "../call.ts";
import { bytes, headerJson, list } from "../codec/answer.ts";
import { NameRequest, PERMISSIONS, RoleGrantRequest, RoleRequest, RoleRevokeRequest } from "../codec/auth.ts";
import { EtcdError } from "../codec/error.ts";
import { EmptyRequest } from "../codec/request.ts";
import { unary } from "../unary.ts";
import { type AuthDocuments, adminDocuments, authChange, authDocuments } from "./documents.ts";
import { rolesOf, unbind, userOf } from "./users.ts";

/** Roles of etcd's authentication: those of /v1, as far as they read and write keys. */

export const roleAdd = unary(NameRequest, async (call, { name }) => {
  const revision = await authChange(call, (documents) => {
    if (name === "") throw EtcdError.named("role-empty");
    if (!RoleName.safeParse(name).success) throw EtcdError.named("name-invalid");
    if (documents.roleOrPreset(name) !== undefined) throw EtcdError.named("role-exists");
    documents.put(`${ROLES_PATH}${name}`, { rules: [] } satisfies RoleJson);
  });
  return { header: headerJson(call.who, revision) };
});

/** A user may see its own roles. */
export const roleGet = unary(RoleRequest, async (call, { role: name }) => {
  const documents = await authDocuments(call);
  const denied = documents.deniedAdmin(call);
  const user = userOf(call);
  const isOwn = documents.user(user) !== undefined && rolesOf(documents, user).includes(name);
  if (denied !== undefined && !isOwn) throw deniedError(denied, call.caller);
  const role = documents.roleOrPreset(name);
  if (role === undefined) throw EtcdError.named("role-not-found");
  const permissions = role.rules.flatMap((rule) => permissionOf(rule) ?? []).map(permissionJson);
  return { header: headerJson(call.who, documents.revision), ...list("perm", permissions) };
});

export const roleList = unary(EmptyRequest, async (call) => {
  const documents = await adminDocuments(call);
  return { header: headerJson(call.who, documents.revision), ...list("roles", documents.names(ROLES_PATH)) };
});

/** Its users lose it, also if there is another of that name one day. */
export const roleDelete = unary(RoleRequest, async (call, { role: name }) => {
  const revision = await authChange(call, (documents) => {
    if (documents.auth !== undefined && name === ROOT_NAME) throw EtcdError.named("auth-management");
    roleMust(documents, name);
    documents.delete(`${ROLES_PATH}${name}`);
    unbind(documents, name, (principal) => principal.startsWith("user:"));
  });
  return { header: headerJson(call.who, revision) };
});

export const roleGrant = unary(RoleGrantRequest, async (call, { name, perm }) => {
  const revision = await authChange(call, (documents) => {
    const { rules } = roleMust(documents, name);
    const access = perm === undefined ? undefined : PERMISSIONS[perm.permType];
    if (perm === undefined || access === undefined) throw EtcdError.named("permission-not-given");
    if (perm.key.length > KEY_BYTES_MAX || perm.range_end.length > KEY_BYTES_MAX) {
      throw EtcdError.named("request-too-large");
    }
    const granted = rulesGranted(rules, { access, key: perm.key, end: perm.range_end });
    if (granted.length > RULES_MAX) throw EtcdError.named("too-much-policy");
    documents.put(`${ROLES_PATH}${name}`, { rules: [...granted] } satisfies RoleJson);
  });
  return { header: headerJson(call.who, revision) };
});

export const roleRevoke = unary(RoleRevokeRequest, async (call, { role: name, key, range_end: end }) => {
  const revision = await authChange(call, (documents) => {
    const rules = rulesRevoked(roleMust(documents, name).rules, { key, end });
    if (rules === undefined) throw EtcdError.named("permission-not-granted");
    documents.put(`${ROLES_PATH}${name}`, { rules: [...rules] } satisfies RoleJson);
  });
  return { header: headerJson(call.who, revision) };
});

/** A role to be changed: those that every namespace has stay as they are. */
function roleMust(documents: AuthDocuments, name: string): RoleJson {
  const role = documents.role(name);
  if (role !== undefined) return role;
  throw EtcdError.named(Object.hasOwn(PRESETS, name) ? "auth-management" : "role-not-found");
}

/** As the gateway writes it: what is the default is left out. */
function permissionJson({ access, key, end }: EtcdPermission): object {
  return {
    ...(access === "READ" ? {} : { permType: access }),
    ...bytes("key", key),
    ...bytes("range_end", end),
  };
}
