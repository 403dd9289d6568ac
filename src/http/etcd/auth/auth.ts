import { AUTH_PATH, type AuthJson, loginOf, ROOT_NAME } from "../../../policy/documents.ts";
import { headerJson } from "../codec/answer.ts";
import { AuthenticateRequest } from "../codec/auth.ts";
import { EtcdError } from "../codec/error.ts";
import { EmptyRequest } from "../codec/request.ts";
import { type Handler, unary } from "../unary.ts";
import { authChange, authDocuments } from "./documents.ts";
import { loginFresh, passwordMatches } from "./password.ts";
import { roleAdd, roleDelete, roleGet, roleGrant, roleList, roleRevoke } from "./roles.ts";
import { Tries } from "./tries.ts";
import { rolesOf, userAdd, userChangePassword, userDelete, userGet, userGrant, userList, userRevoke } from "./users.ts";

/** etcd's authentication (server/auth of etcd 3.4), on the documents that say who may do what at /v1, too. */

/** From then on users sign in to the namespace, and an open server is open to nobody there. */
const enable = unary(EmptyRequest, async (call) => {
  const revision = await authChange(call, (documents) => {
    if (documents.auth !== undefined) return;
    if (documents.user(ROOT_NAME) === undefined) throw EtcdError.named("root-user-missing");
    if (!rolesOf(documents, ROOT_NAME).includes(ROOT_NAME)) throw EtcdError.named("root-role-missing");
    documents.put(AUTH_PATH, { login: loginFresh() } satisfies AuthJson);
  });
  return { header: headerJson(call.who, revision) };
});

const disable = unary(EmptyRequest, async (call) => {
  const revision = await authChange(call, (documents) => {
    if (documents.auth !== undefined) documents.delete(AUTH_PATH);
  });
  return { header: headerJson(call.who, revision) };
});

const tries = new Tries();

/** Open to all, so that who is there and who is not costs the same, and nobody tries for long. */
const authenticate = unary(AuthenticateRequest, async (call, { name, password }) => {
  const documents = await authDocuments(call).catch(isNotThere);
  const auth = documents?.auth;
  if (documents === undefined || auth === undefined) throw EtcdError.named("auth-off");
  const one = tries.take(`${call.namespace}/${name}`, Date.now());
  if (one === undefined) throw EtcdError.named("too-many-requests");
  const user = documents.user(name);
  const isRight = await passwordMatches(password, user?.password);
  if (user !== undefined && user.password === undefined) throw EtcdError.named("no-password");
  if (user === undefined || !isRight) throw EtcdError.named("auth-failed");
  one.back();
  return { header: headerJson(call.who, documents.revision), token: call.signIn(name, loginOf(auth, user)) };
});

/** Nobody is told which namespaces there are. */
function isNotThere(error: unknown): undefined {
  if (!(error instanceof EtcdError) || !UNKNOWN_HERE.has(error.code)) throw error;
}

/** Codes of denials. */
const UNKNOWN_HERE: ReadonlySet<number> = new Set([3, 7, 16]);

export const AUTHENTICATE = "auth/authenticate";

export const AUTH_HANDLERS: readonly (readonly [string, Handler])[] = [
  [AUTHENTICATE, authenticate],
  ["auth/enable", enable],
  ["auth/disable", disable],
  ["auth/user/add", userAdd],
  ["auth/user/get", userGet],
  ["auth/user/list", userList],
  ["auth/user/delete", userDelete],
  ["auth/user/changepw", userChangePassword],
  ["auth/user/grant", userGrant],
  ["auth/user/revoke", userRevoke],
  ["auth/role/add", roleAdd],
  ["auth/role/get", roleGet],
  ["auth/role/list", roleList],
  ["auth/role/delete", roleDelete],
  ["auth/role/grant", roleGrant],
  ["auth/role/revoke", roleRevoke],
];
