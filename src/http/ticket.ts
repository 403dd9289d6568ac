import type { Caller } from "../policy/caller.ts";
import { signedText, signedValue } from "./signed.ts";

/** How long a ticket is good for. */
export const TICKET_MS = 60_000;

const PURPOSE = "tickets";

interface Ticket {
  readonly namespace: string;
  readonly caller: Caller;
  readonly verbs: readonly string[];
  readonly until: number;
}

/** A signed text that stands for a caller for a minute, with these verbs at most, in one namespace. */
export function ticketFor(ticket: Ticket, rootTokens: readonly string[]): string {
  return signedText(ticket, rootTokens, PURPOSE);
}

/** The caller of a ticket; undefined for one that is not ours, or is over. */
export function ticketCaller(text: string, rootTokens: readonly string[], nowMs: number): Caller | undefined {
  const ticket = signedValue(text, rootTokens, PURPOSE) as Ticket | null | undefined;
  if (ticket === undefined || ticket === null) return undefined;
  const { namespace, caller, verbs, until } = ticket;
  return until <= nowMs ? undefined : { kind: "ticket", of: caller, verbs, namespace };
}
