import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlEncode } from "../api/base64.ts";
import { bytesEqual, utf8Encode } from "../api/bytes.ts";
import { ProblemError } from "../api/problem.ts";
import { ANONYMOUS, type Caller, ROOT, UNKNOWN } from "../policy/caller.ts";
import { accessIdentity, type JwtIssuer } from "./identity.ts";
import { sessionCaller } from "./session.ts";
import { NOT_SET_UP } from "./set-up.ts";
import { ticketCaller } from "./ticket.ts";
import { isUserToken, userCaller } from "./user-session.ts";

/** How a token may be sent: as a bearer's (RFC 6750), or as etcd's clients do, with nothing before it, too. */
export type TokenForm = "bearer" | "bearer-or-bare";

/** Whom this deployment knows before any document is read. */
export interface Access {
  /** Whoever reaches it is root, but where users of etcd's sign in: a server of this machine, for this machine. */
  readonly isOpen: boolean;
  /** One, or two while the first is being replaced. None, unless it is open: nobody gets in. */
  readonly rootTokens: readonly string[];
  /** Another issuer whose signed tokens name callers. */
  readonly jwt?: JwtIssuer | undefined;
  /** A binding's callers, who were let in by whoever declared it. */
  readonly binding?: Caller | undefined;
}

export const OPEN: Access = { isOpen: true, rootTokens: [] };

const FORMS: Readonly<Record<TokenForm, RegExp>> = {
  bearer: /^Bearer +(\S+) *$/i,
  "bearer-or-bare": /^(?:Bearer +)?(\S+) *$/i,
};
const API_TOKEN = /^syn_([a-z0-9]{8,32})_([A-Za-z0-9_-]{20,128})$/;
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Whether nobody can have been given access yet. */
export function isNotSetUp({ isOpen, rootTokens, binding }: Access): boolean {
  return !isOpen && rootTokens.length === 0 && binding === undefined;
}

/** Throws the problem that tells how a deployment is set up, if it is not. */
export function mustBeSetUp(access: Access): void {
  if (isNotSetUp(access)) throw new ProblemError("not-set-up", NOT_SET_UP, {}, { "retry-after": "60" });
}

/**
 * Who sends a request, a socket's upgrade included. A token that is none is an error here; whether an API token is
 * valid, documents say later, so that a guess costs the same as a request without one.
 */
export async function callerOf(request: Request, access: Access, form: TokenForm, execution?: object): Promise<Caller> {
  // Without a root token there is no secret that anything could be signed with.
  mustBeSetUp(access);
  if (access.binding !== undefined) return access.binding;
  const header = request.headers.get("authorization");
  if (header !== null) return tokenCaller(FORMS[form].exec(header)?.[1], access);
  const ticket = ticketOf(request);
  if (ticket !== undefined)
    return ticketCaller(ticket, access.rootTokens, Date.now()) ?? refuse("the ticket is not valid any more");
  const session = sessionCaller(request, access.rootTokens, Date.now());
  if (session !== undefined) return session;
  const identity = await accessIdentity(execution);
  return identity ?? openOr(access, ANONYMOUS);
}

async function tokenCaller(token: string | undefined, access: Access): Promise<Caller> {
  const { isOpen, rootTokens, jwt } = access;
  if (token === undefined) return refuse("send Authorization: Bearer with a token");
  if (isRoot(token, rootTokens)) return ROOT;
  const api = API_TOKEN.exec(token);
  if (api !== null) return { kind: "token", id: api[1] ?? "", hash: secretHash(api[2] ?? "") };
  if (jwt !== undefined && JWT.test(token))
    return (await jwt.callerOf(token)) ?? refuse("the signed token is not valid");
  const user = isUserToken(token) ? userCaller(token, rootTokens, Date.now()) : undefined;
  if (user !== undefined) return openOr(access, user);
  // A server that knows no token asks for none, and takes none for a fault.
  return isOpen ? openOr(access, UNKNOWN) : refuse("the token is not known");
}

/** Whom an open server takes for root, unless users sign in where it goes. */
export function openOr({ isOpen }: Access, otherwise: Caller): Caller {
  return isOpen ? { kind: "open", otherwise } : otherwise;
}

/** Every token is compared in full, by digests of one length. */
function isRoot(token: string, rootTokens: readonly string[]): boolean {
  const given = sha256(utf8Encode(token));
  let isOne = false;
  for (const root of rootTokens) {
    if (bytesEqual(given, sha256(utf8Encode(root)))) isOne = true;
  }
  return isOne;
}

/** What the log keeps of an API token's secret. */
export function secretHash(secret: string): string {
  return base64urlEncode(sha256(utf8Encode(secret)));
}

const PROTOCOL_TICKET = /(?:^|,)\s*synod\.ticket\.([A-Za-z0-9_.-]+)\s*(?:,|$)/;

/** Sockets of browsers and event streams cannot set headers. */
function ticketOf(request: Request): string | undefined {
  const offered = PROTOCOL_TICKET.exec(request.headers.get("sec-websocket-protocol") ?? "")?.[1];
  if (offered !== undefined) return offered;
  const at = request.url.indexOf("?");
  return at < 0 ? undefined : (new URLSearchParams(request.url.slice(at)).get("ticket") ?? undefined);
}

export function unauthorized(detail: string): ProblemError {
  return new ProblemError("unauthorized", detail, {}, { "www-authenticate": 'Bearer realm="synod"' });
}

function refuse(detail: string): never {
  throw unauthorized(detail);
}
