import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlDecode, base64urlEncode } from "../api/base64.ts";
import { utf8Decode, utf8Encode } from "../api/bytes.ts";
import type { Caller } from "../policy/caller.ts";

/** How long a ticket is good for. */
export const TICKET_MS = 60_000;

interface Ticket {
  readonly namespace: string;
  readonly caller: Caller;
  readonly verbs: readonly string[];
  readonly until: number;
}

/** A server that is open has no root token; its tickets say nothing that anybody could not do anyway. */
const NO_TOKEN = "open";

/** What tickets and sessions are signed with: a key that the root token gives, never the token itself. */
export function derivedKey(rootToken: string | undefined, purpose: string): Uint8Array {
  return hkdf(sha256, utf8Encode(rootToken ?? NO_TOKEN), undefined, utf8Encode(`synod ${purpose}`), 32);
}

/** A signed text that stands for a caller for a minute, with these verbs at most, in one namespace. */
export function ticketFor(ticket: Ticket, rootTokens: readonly string[]): string {
  const body = utf8Encode(JSON.stringify(ticket));
  return `${base64urlEncode(body)}.${base64urlEncode(sign(body, rootTokens[0]))}`;
}

/** The caller of a ticket; undefined for one that is not ours, or is over. */
export function ticketCaller(text: string, rootTokens: readonly string[], nowMs: number): Caller | undefined {
  const [first = "", second = ""] = text.split(".");
  const [body, signature] = [base64urlDecode(first), base64urlDecode(second)];
  if (body === undefined || signature === undefined) return undefined;
  const keys = rootTokens.length === 0 ? [undefined] : rootTokens;
  if (!keys.some((token) => bytesEqual(sign(body, token), signature))) return undefined;
  const { namespace, caller, verbs, until } = JSON.parse(utf8Decode(body) ?? "null") as Ticket;
  return until <= nowMs ? undefined : { kind: "ticket", of: caller, verbs, namespace };
}

function sign(body: Uint8Array, rootToken: string | undefined): Uint8Array {
  return hmac(sha256, derivedKey(rootToken, "tickets"), body);
}

function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  let differing = left.length ^ right.length;
  for (const [at, byte] of left.entries()) differing |= byte ^ (right[at] ?? 0);
  return differing === 0;
}
