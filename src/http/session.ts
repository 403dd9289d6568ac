import type { Caller } from "../policy/caller.ts";
import { signedText, signedValue } from "./signed.ts";

/**
 * Sessions of the dashboard: a cookie that stands for a caller, signed, never stored. It says who asks and no more; what
 * that caller may do is decided for each request by the documents, so that a revocation ends a session, too.
 */

/** How long a session lasts after it was last renewed. */
export const SESSION_SECONDS = 8 * 3_600;

const COOKIE = "synod-session";
const PURPOSE = "sessions";
const VALUE = new RegExp(`(?:^|;)\\s*${COOKIE}=([A-Za-z0-9_.-]+)\\s*(?:;|$)`);

interface Session {
  readonly caller: Caller;
  readonly until: number;
}

/** The `Set-Cookie` that begins or renews a session. */
export function sessionCookie(request: Request, caller: Caller, rootTokens: readonly string[], nowMs: number): string {
  const session: Session = { caller, until: nowMs + SESSION_SECONDS * 1_000 };
  return cookie(request, signedText(session, rootTokens, PURPOSE), SESSION_SECONDS);
}

/** The `Set-Cookie` that ends it. */
export function sessionEnd(request: Request): string {
  return cookie(request, "", 0);
}

/** Whom a request's session stands for; undefined without one that holds, and for a page of another origin. */
export function sessionCaller(request: Request, rootTokens: readonly string[], nowMs: number): Caller | undefined {
  const text = VALUE.exec(request.headers.get("cookie") ?? "")?.[1];
  if (text === undefined || rootTokens.length === 0 || !isOwnPage(request)) return undefined;
  const session = signedValue(text, rootTokens, PURPOSE) as Session | null | undefined;
  return session === undefined || session === null || session.until <= nowMs ? undefined : session.caller;
}

/**
 * Whether the dashboard itself asks, as far as a browser tells: it names the origin with everything that changes
 * something, and with every WebSocket.
 */
export function isOwnPage(request: Request): boolean {
  const origin = request.headers.get("origin");
  if (origin !== null) return origin === new URL(request.url).origin;
  const isRead = request.method === "GET" || request.method === "HEAD";
  return isRead && request.headers.get("upgrade") === null;
}

function cookie(request: Request, value: string, seconds: number): string {
  const secure = new URL(request.url).protocol === "https:" ? "; Secure" : "";
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
}
