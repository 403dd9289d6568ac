import { base64urlDecode, base64urlEncode } from "../../api/base64.ts";
import { utf8Encode } from "../../api/bytes.ts";
import type { FlagSetPlace } from "./flag-set-read.ts";

/** Tickets of one window are equal, so that answers that name them are too; each is good for one to two windows. */
const WINDOW_MS = 3_600_000;

/**
 * A browser's EventSource sends no headers, and a token does not belong in a URL. A ticket stands for the token where
 * nothing but news of one flag set can be heard. `secret`: the deployment's token.
 */
export async function streamTicket(secret: string, place: FlagSetPlace, nowMs: number): Promise<string> {
  const untilMs = (Math.floor(nowMs / WINDOW_MS) + 2) * WINDOW_MS;
  const signature = await crypto.subtle.sign("HMAC", await keyOf(secret), textOf(place, untilMs));
  return `${untilMs}.${base64urlEncode(new Uint8Array(signature))}`;
}

export async function isStreamTicket(
  ticket: string,
  secret: string,
  place: FlagSetPlace,
  nowMs: number,
): Promise<boolean> {
  const [, until = "", signatureText = ""] = /^(\d{1,16})\.([\w-]{43})$/.exec(ticket) ?? [];
  const signature = base64urlDecode(signatureText);
  if (signature === undefined || Number(until) <= nowMs) return false;
  return crypto.subtle.verify("HMAC", await keyOf(secret), signature.slice(), textOf(place, Number(until)));
}

function keyOf(secret: string): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", utf8Encode(secret), algorithm, false, ["sign", "verify"]);
}

/** No part may hold a line end. */
function textOf({ namespace, set }: FlagSetPlace, untilMs: number): Uint8Array {
  return utf8Encode(`synod flag events\n${namespace}\n${set}\n${untilMs}`);
}
