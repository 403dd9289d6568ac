import { acceptorChosen, acceptorStep } from "../../src/core/acceptor.ts";
import { InvariantViolation } from "../../src/core/invariant.ts";
import { CLOSED } from "../../src/core/log.ts";
import type { AcceptorReply, Promised } from "../../src/core/message.ts";
import { type Column, ColumnView, castIndex, columnApply, columnClaim, DROPPED, voteParts } from "./column.ts";
import { hintCode } from "./global.ts";
import { ballotIndex, entryIndex, type Message, type Peek, slotsOf, type World } from "./world.ts";

/** What one message does at one acceptor. */
export interface Step {
  readonly column: Column;
  /** None to a restart. */
  readonly reply: AcceptorReply | undefined;
  readonly wrote: boolean;
  /** The hint the reply carries, or -1. */
  readonly hint: number;
  readonly openUsed: boolean;
  readonly violation: Violation | undefined;
}

/**
 * `outcome`: a wrong thing was decided, told or answered. The others break a rule on the way there, often much
 * earlier; a search can be told to look at outcomes only.
 */
export interface Violation {
  readonly outcome: boolean;
  readonly rule: string;
}

/** The shipping acceptor's turn, and the rules that one acceptor alone can break. */
export function stepRun(world: World, before: Column, message: Message): Step | Violation {
  try {
    const { request } = message;
    if (request.kind === "restart") return stepRestart(before);
    if (request.kind === "peek") return stepPeek(world, before, request);
    const { writes, reply } = acceptorStep(new ColumnView(world, before), request);
    const { column, voted } = columnApply(world, before, writes);
    let violation: Violation | undefined;
    const cast = [...column.cast];
    for (const { slot, code } of voted) {
      const { ballot } = voteParts(code);
      const at = castIndex(world, slot, ballot);
      if (cast[at] !== 0 && cast[at] !== code) violation ??= broken("5: one vote per acceptor, ballot and slot");
      if (column.promised < ballot) violation ??= broken("4: a vote leaves the promise at its ballot or above");
      if (before.promised > ballot) violation ??= broken("3: nothing is voted below a promise");
      cast[at] = code;
    }
    if (column.promised < before.promised) violation ??= broken("3: promised never decreases");
    violation ??= claimsCheck(world, column) ?? replyCheck(world, { ...column, cast }, reply, message);
    const { promised, openFrom } = reply.position;
    return {
      column: { ...column, cast },
      reply,
      wrote: writes.length > 0,
      hint:
        openFrom === CLOSED || openFrom > world.config.slots ? -1 : hintCode(ballotIndex(world, promised), openFrom),
      openUsed: voted.some(({ code }) => voteParts(code).ballot > 0 && !voteParts(code).classic),
      violation,
    };
  } catch (error) {
    if (error instanceof InvariantViolation) return { outcome: true, rule: `asserted, ${error.message}` };
    throw error;
  }
}

/** An acceptor that kept its promise in memory. */
function stepRestart(before: Column): Step {
  const column = { ...before, promised: 0, openFrom: 1 };
  return { column, reply: undefined, wrote: false, hint: -1, openUsed: false, violation: undefined };
}

/** What a promise would say now; it is not made yet. */
function stepPeek(world: World, column: Column, { prepare }: Peek): Step {
  const { reply } = acceptorStep(new ColumnView(world, column), prepare);
  return { column, reply, wrote: false, hint: -1, openUsed: false, violation: undefined };
}

function broken(rule: string): Violation {
  return { outcome: false, rule };
}

function claimsCheck(world: World, column: Column): Violation | undefined {
  const view = new ColumnView(world, column);
  for (const slot of slotsOf(world.config)) {
    const claim = columnClaim(column, slot);
    if (claim === DROPPED) continue;
    const served = acceptorChosen(view, slot);
    if ((served === undefined ? 0 : 1 + entryIndex(world, served.id)) !== claim) {
      return { outcome: true, rule: "13: an acceptor serves a vote that is not the chosen entry" };
    }
  }
  return undefined;
}

/** 12, 13 and 16: a reply says no more than what is stored. */
function replyCheck(world: World, column: Column, reply: AcceptorReply, { request }: Message): Violation | undefined {
  switch (reply.kind) {
    case "voted": {
      const cast = column.cast[castIndex(world, reply.slot, ballotIndex(world, reply.ballot))] ?? 0;
      const honest = cast !== 0 && voteParts(cast).entry === entryIndex(world, reply.entryId);
      return honest ? undefined : broken("12: durable before visible: a vote that was not cast");
    }
    case "already-chosen": {
      const claim = columnClaim(column, reply.slot);
      const told = reply.entryId === undefined ? DROPPED : 1 + entryIndex(world, reply.entryId);
      return claim === told ? undefined : { outcome: true, rule: "13: told chosen what is not known chosen" };
    }
    case "promised": {
      if (column.promised < ballotIndex(world, reply.ballot)) return broken("12: durable before visible: a promise");
      const from = request.kind === "prepare" ? request.from : 1;
      return promiseWhole(world, column, reply, from) ? undefined : broken("16: a promise tells every vote and mark");
    }
    case "nack":
    case "opened":
    case "learned":
    case "votes":
      return undefined;
  }
}

function promiseWhole(world: World, column: Column, reply: Promised, from: number): boolean {
  const above = slotsOf(world.config).filter((slot) => slot >= from && slot > column.chosenUpTo);
  const view = new ColumnView(world, column);
  return above.every((slot) => {
    const told = reply.votes.find((vote) => vote.slot === slot);
    const vote = view.vote(slot);
    if (told?.entryId !== vote?.entry.id || told?.ballot.n !== vote?.ballot.n || told?.kind !== vote?.kind)
      return false;
    return reply.known.find((known) => known.slot === slot)?.entryId === view.known(slot)?.id;
  });
}
