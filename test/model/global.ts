import type { Entry, Slot } from "../../src/core/log.ts";
import { ballotText } from "../core/scenario-print.ts";
import { type Message, slotsOf, type World } from "./world.ts";

/** What of a state belongs to no acceptor. */
export interface Global {
  readonly attempts: readonly AttemptState[];
  /** (ballot, openFrom) pairs that anybody was told, as `hintCode`, ascending. */
  readonly hints: readonly number[];
  /** Per slot, 1 + the entry chosen, from all votes ever cast. */
  readonly chosen: readonly number[];
  /** The chosen prefix when the read began, or -1. */
  readonly owed: number;
}

export interface AttemptState {
  /** "leading": may give out slots from `next` on. "done": has opened them, or died. */
  readonly phase: "idle" | "preparing" | "leading" | "done";
  readonly from: Slot;
  /** Per slot, 1 + the classic value the ballot gave it. */
  readonly assigned: readonly number[];
  readonly next: Slot;
}

export function globalInitial(world: World): Global {
  const { attempts, slots, learn } = world.config;
  const assigned = Array<number>(slots).fill(0);
  // Only where a prefix can be known is there a choice of what to ask for.
  const phase = learn === true && slots > 1 ? "idle" : "preparing";
  return {
    attempts: attempts.map(() => ({ phase, from: 1, assigned, next: 0 })),
    hints: [hintCode(0, 1)],
    chosen: Array<number>(slots).fill(0),
    owed: -1,
  };
}

export function hintCode(ballot: number, openFrom: Slot): number {
  return ballot * 8 + openFrom;
}

/** The same global if `hint` is known already, or is -1. */
export function hintAdd(global: Global, hint: number): Global {
  if (hint < 0 || global.hints.includes(hint)) return global;
  return { ...global, hints: [...global.hints, hint].sort((a, b) => a - b) };
}

/** How far every slot is chosen. */
export function chosenPrefix({ chosen }: Global): Slot {
  const gap = chosen.indexOf(0);
  return gap < 0 ? chosen.length : gap;
}

/**
 * Everything that was ever sent and may arrive now, any number of times, or never: so loss, delay, duplication and
 * reordering need no states of their own.
 */
export function messagesOf(world: World, global: Global): Message[] {
  return [
    ...fastMessages(world, global),
    ...global.attempts.flatMap((attempt, index) => attemptMessages(world, attempt, index)),
    ...learnMessages(world, global),
    ...(world.config.reader === true && chosenPrefix(global) > 0 ? [READ] : []),
    ...(world.config.twin === "volatile promise" ? [RESTART] : []),
  ];
}

const READ: Message = { request: { kind: "votes" }, text: "then reader asks NAME" };
const RESTART: Message = { request: { kind: "restart" }, text: "when NAME restarts" };

function fastMessages(world: World, { hints }: Global): Message[] {
  const messages: Message[] = [];
  for (const hint of hints) {
    const [at, openFrom] = [hint >> 3, hint & 7];
    const ballot = world.ballots[at] ?? { n: 0, proposer: "" };
    const name = ballotText(ballot);
    for (const slot of slotsOf(world.config)) {
      for (const client of world.clients) {
        const entry = world.entries[client] as Entry;
        const text = `when ${entry.id} fast-accepts ${name} open from ${openFrom} slot ${slot} "${entry.id}" to NAME`;
        messages.push({ request: { kind: "fast-accept", ballot, openFrom, slot, entry }, text });
      }
    }
    const text = `when ${ballot.proposer} opens ${name} from ${openFrom} to NAME`;
    if (at > 0) messages.push({ request: { kind: "open", ballot, from: openFrom }, text });
  }
  return messages;
}

function attemptMessages(world: World, { phase, from, assigned }: AttemptState, attempt: number): Message[] {
  if (phase === "idle") return [];
  const ballot = world.ballots[world.attemptBallot[attempt] as number] ?? { n: 0, proposer: "" };
  const [who, name] = [ballot.proposer, ballotText(ballot)];
  const prepare = {
    request: { kind: "prepare", ballot, from } as const,
    text: `when ${who} prepares ${name} from ${from} to NAME`,
  };
  const messages: Message[] = [phase === "preparing" ? { ...prepare, attempt } : prepare];
  if (phase === "preparing" && world.config.twin === "promise in two turns") {
    messages.push({
      request: { kind: "peek", prepare: prepare.request },
      attempt,
      text: `# NAME reads its votes for ${name}`,
    });
  }
  assigned.forEach((code, at) => {
    if (code === 0) return;
    const entry = world.entries[code - 1] as Entry;
    const text = `when ${who} accepts ${name} slot ${at + 1} "${entry.id}" to NAME`;
    messages.push({ request: { kind: "accept", ballot, slot: at + 1, entry }, text });
  });
  return messages;
}

function learnMessages(world: World, global: Global): Message[] {
  const { learn, prefix } = world.config;
  const messages: Message[] = [];
  global.chosen.forEach((code, at) => {
    if (learn !== true || code === 0) return;
    const entry = world.entries[code - 1] as Entry;
    const told = { slot: at + 1, entryId: entry.id };
    const what = `${at + 1} "${entry.id}" to NAME`;
    messages.push({ request: { kind: "learn", chosen: [{ ...told, entry }] }, text: `when l tells chosen ${what}` });
    messages.push({ request: { kind: "learn", chosen: [told] }, text: `when l tells ids ${what}` });
  });
  if (prefix === true) {
    for (let upTo = 1; upTo <= chosenPrefix(global); upTo++) {
      messages.push({ request: { kind: "prefix", upTo }, text: `when l tells prefix ${upTo} to NAME` });
    }
  }
  return messages;
}
