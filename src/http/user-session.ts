import type { Caller } from "../policy/caller.ts";
import { signedText, signedValue } from "./signed.ts";

/**
 * What users of etcd's authentication sign in for: a signed text, never stored. It says who asks; whether that still
 * holds, and what the user may do, the documents say for each request.
 */

/**
 * How long it holds. etcd's hold for five minutes after their last use; these cannot be renewed, and clients that do
 * not sign in anew are to get through a day.
 */
export const USER_SESSION_MS = 86_400_000;

const PURPOSE = "users";
const PREFIX = "usr_";
const FORM = /^usr_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

interface UserSession {
  readonly name: string;
  readonly login: string;
  readonly until: number;
}

export function isUserToken(token: string): boolean {
  return FORM.test(token);
}

/** @param login of the documents that the user signed in by (`loginOf`). */
export function userToken(name: string, login: string, rootTokens: readonly string[], nowMs: number): string {
  const session: UserSession = { name, login, until: nowMs + USER_SESSION_MS };
  return `${PREFIX}${signedText(session, rootTokens, PURPOSE)}`;
}

/** Whom it stands for; undefined for one that is not ours, or is over. */
export function userCaller(token: string, rootTokens: readonly string[], nowMs: number): Caller | undefined {
  const session = signedValue(token.slice(PREFIX.length), rootTokens, PURPOSE) as UserSession | null | undefined;
  if (session === undefined || session === null || session.until <= nowMs) return undefined;
  return { kind: "user", name: session.name, login: session.login };
}
