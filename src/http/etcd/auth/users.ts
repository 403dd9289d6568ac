import {
  BINDINGS_PATH,
  PRINCIPALS_MAX,
  ROOT_NAME,
  USERS_PATH,
  type UserJson,
  UserName,
} from "../../../policy/documents.ts";
import { deniedError, type EtcdCall } from "../call.ts";
import { headerJson, list } from "../codec/answer.ts";
import { NameRequest, UserAddRequest, UserGrantRequest, UserRevokeRequest } from "../codec/auth.ts";
import { EtcdError } from "../codec/error.ts";
import { EmptyRequest } from "../codec/request.ts";
import { unary } from "../unary.ts";
import { type AuthDocuments, adminDocuments, authChange, authDocuments } from "./documents.ts";
import { loginFresh, passwordHash } from "./password.ts";

/** Users of etcd's authentication. Their roles are bindings, which anybody may read and write at /v1, too. */

export const userAdd = unary(UserAddRequest, async (call, { name, password, options }) => {
  const revision = await authChange(call, async (documents) => {
    if (name === "") throw EtcdError.named("user-empty");
    if (!UserName.safeParse(name).success) throw EtcdError.named("name-invalid");
    if (documents.user(name) !== undefined) throw EtcdError.named("user-exists");
    const hash = options?.no_password === true ? {} : { password: await passwordHash(password) };
    documents.put(`${USERS_PATH}${name}`, { login: loginFresh(), ...hash } satisfies UserJson);
  });
  return { header: headerJson(call.who, revision) };
});

export const userGet = unary(NameRequest, async (call, { name }) => {
  const documents = await authDocuments(call);
  const denied = documents.deniedAdmin(call);
  if (denied !== undefined && name !== userOf(call)) throw deniedError(denied, call.caller);
  userMust(documents, name);
  return { header: headerJson(call.who, documents.revision), ...list("roles", rolesOf(documents, name)) };
});

export const userList = unary(EmptyRequest, async (call) => {
  const documents = await adminDocuments(call);
  return { header: headerJson(call.who, documents.revision), ...list("users", documents.names(USERS_PATH)) };
});

export const userDelete = unary(NameRequest, async (call, { name }) => {
  const revision = await authChange(call, (documents) => {
    if (documents.auth !== undefined && name === ROOT_NAME) throw EtcdError.named("auth-management");
    userMust(documents, name);
    documents.delete(`${USERS_PATH}${name}`);
    for (const role of rolesOf(documents, name)) unbind(documents, role, (principal) => principal === `user:${name}`);
  });
  return { header: headerJson(call.who, revision) };
});

/** As etcd: a user without a password stays so. */
export const userChangePassword = unary(UserAddRequest, async (call, { name, password }) => {
  const revision = await authChange(call, async (documents) => {
    const user = userMust(documents, name);
    const hash = user.password === undefined ? {} : { password: await passwordHash(password) };
    documents.put(`${USERS_PATH}${name}`, { login: loginFresh(), ...hash } satisfies UserJson);
  });
  return { header: headerJson(call.who, revision) };
});

export const userGrant = unary(UserGrantRequest, async (call, { user, role }) => {
  const revision = await authChange(call, (documents) => {
    userMust(documents, user);
    // The role of root need not be there.
    if (role !== ROOT_NAME && documents.roleOrPreset(role) === undefined) throw EtcdError.named("role-not-found");
    if (!rolesOf(documents, user).includes(role)) bind(documents, role, `user:${user}`);
  });
  return { header: headerJson(call.who, revision) };
});

export const userRevoke = unary(UserRevokeRequest, async (call, { name, role }) => {
  const revision = await authChange(call, (documents) => {
    const isRoot = name === ROOT_NAME && role === ROOT_NAME;
    if (documents.auth !== undefined && isRoot) throw EtcdError.named("auth-management");
    userMust(documents, name);
    if (!rolesOf(documents, name).includes(role)) throw EtcdError.named("role-not-granted");
    unbind(documents, role, (principal) => principal === `user:${name}`);
  });
  return { header: headerJson(call.who, revision) };
});

function userMust(documents: AuthDocuments, name: string): UserJson {
  const user = documents.user(name);
  if (user === undefined) throw EtcdError.named("user-not-found");
  return user;
}

/** Who asks, as a user; empty for whoever is none. */
export function userOf({ caller }: EtcdCall): string {
  const one = caller.kind === "open" ? caller.otherwise : caller;
  return one.kind === "user" ? one.name : "";
}

/** The roles that bindings give a user, in order. */
export function rolesOf({ bindings }: AuthDocuments, user: string): readonly string[] {
  const bound = bindings.flatMap(([, { role, principals }]) => (principals.includes(`user:${user}`) ? [role] : []));
  return [...new Set(bound)].sort();
}

/** Takes principals from all bindings of a role. */
export function unbind(documents: AuthDocuments, role: string, isOut: (principal: string) => boolean): void {
  for (const [name, binding] of documents.bindings) {
    if (binding.role !== role || !binding.principals.some(isOut)) continue;
    const principals = binding.principals.filter((one) => !isOut(one));
    if (principals.length === 0) documents.delete(`${BINDINGS_PATH}${name}`);
    else documents.put(`${BINDINGS_PATH}${name}`, { ...binding, principals });
  }
}

/** Into a binding of that role that has room, or a new one. */
function bind(documents: AuthDocuments, role: string, principal: string): void {
  const all = documents.bindings;
  const found = all.find(([, one]) => one.role === role && one.principals.length < PRINCIPALS_MAX);
  if (found !== undefined) {
    const [name, binding] = found;
    return documents.put(`${BINDINGS_PATH}${name}`, { ...binding, principals: [...binding.principals, principal] });
  }
  let name = bindingName(role, 0);
  for (let n = 1; documents.binding(name) !== undefined; n++) name = bindingName(role, n);
  documents.put(`${BINDINGS_PATH}${name}`, { role, principals: [principal] });
}

const BINDING_NAME_CHARS = 128;

/** Names of bindings have as many characters as those of roles. */
function bindingName(role: string, n: number): string {
  const end = n === 0 ? "" : `.${n}`;
  return `${`etcd.${role}`.slice(0, BINDING_NAME_CHARS - end.length)}${end}`;
}
