import {
  type Get,
  type History,
  type Operation,
  type Put,
  returnOf,
  revisionWritten,
} from "../../src/checker/history.ts";
import type { Rule } from "../../src/checker/verdict.ts";
import type { Random } from "../random.ts";

/** One observation of a right history changed so that nothing can explain it any more. */
export interface Mutation {
  readonly name: string;
  /** One of these has to be found, whatever else is. */
  readonly rules: readonly Rule[];
  /** `undefined` when the history offers no place for it. */
  readonly mutate: (history: History, random: Random) => History | undefined;
}

type Answered<Op> = Op & { readonly outcome: { readonly kind: "ok" } };

export const MUTATIONS: readonly Mutation[] = [
  { name: "a read goes back to an overwritten value", rules: ["linearizable"], mutate: readOverwritten },
  {
    name: "a read finds nothing where a put was just acknowledged",
    rules: ["snapshot-read", "linearizable"],
    mutate: readNothing,
  },
  { name: "a read shows what nobody wrote", rules: ["phantom-read"], mutate: readGhost },
  { name: "a put that was read is said to have failed", rules: ["phantom-read"], mutate: failPut },
  { name: "two puts swap their revisions against real time", rules: ["revision-order"], mutate: swapRevisions },
  { name: "an unconditional put is said to have been a creation", rules: ["linearizable"], mutate: claimCreation },
  { name: "a read carries an old store revision", rules: ["stale-read"], mutate: ageStore },
  { name: "a watch loses an event", rules: ["watch-gap"], mutate: loseEvent },
  { name: "a watch repeats an event", rules: ["watch-repeat"], mutate: repeatEvent },
  { name: "a watch swaps two events", rules: ["watch-reorder"], mutate: swapEvents },
];

function readOverwritten(history: History, random: Random): History | undefined {
  const puts = history.operations.filter(isPlainPut);
  const cases = gets(history).flatMap((get) => {
    const before = puts.filter((put) => put.key === get.key && returnOf(put) < get.call);
    const last = before.reduce((latest, put) => Math.max(latest, put.call), 0);
    return before.filter((put) => returnOf(put) < last).map((put) => ({ get, put }));
  });
  const found = pick(cases, random);
  if (found === undefined) return undefined;
  const result = { kind: "present", value: found.put.value, modRevision: revisionWritten(found.put) } as const;
  return replaced(history, { ...found.get, outcome: { ...found.get.outcome, result } });
}

function readNothing(history: History, random: Random): History | undefined {
  const isDeleted = new Set(history.operations.filter((op) => op.kind === "delete").map((op) => op.key));
  const found = pick(
    gets(history).filter((op) => op.outcome.result.kind === "present" && !isDeleted.has(op.key)),
    random,
  );
  return found && replaced(history, { ...found, outcome: { ...found.outcome, result: { kind: "absent" } } });
}

function readGhost(history: History, random: Random): History | undefined {
  const found = pick(gets(history), random);
  const result = { kind: "present", value: "ghost", modRevision: 1 } as const;
  return found && replaced(history, { ...found, outcome: { ...found.outcome, result } });
}

function failPut(history: History, random: Random): History | undefined {
  const seen = new Set(
    gets(history).map(({ outcome }) => (outcome.result.kind === "present" ? outcome.result.value : "")),
  );
  const found = pick(
    history.operations.filter((op) => op.kind === "put" && seen.has(op.value)),
    random,
  );
  return found && replaced(history, { ...found, outcome: { kind: "failed" } } as Operation);
}

function swapRevisions(history: History, random: Random): History | undefined {
  const puts = history.operations.filter(isPlainPut);
  const first = pick(puts.slice(0, puts.length >> 1), random);
  const second = puts.findLast((put) => first !== undefined && put.call > returnOf(first));
  if (first === undefined || second === undefined) return undefined;
  const swapped = replaced(history, { ...first, outcome: second.outcome });
  return replaced(swapped, { ...second, outcome: first.outcome });
}

function claimCreation(history: History, random: Random): History | undefined {
  const isDeleted = new Set(history.operations.filter((op) => op.kind === "delete").map((op) => op.key));
  const puts = history.operations.filter(isPlainPut).filter((op) => !isDeleted.has(op.key));
  const later = puts.filter((op) => puts.some((other) => other.key === op.key && returnOf(other) < op.call));
  const found = pick(later, random);
  return found && replaced(history, { ...found, condition: { kind: "none-match" } });
}

function ageStore(history: History, random: Random): History | undefined {
  const written = history.operations.filter((op) => revisionWritten(op) !== null);
  const late = gets(history).filter((op) => written.some((other) => returnOf(other) < op.call));
  const found = pick(late, random);
  return found && replaced(history, { ...found, outcome: { ...found.outcome, revision: 0 } });
}

function loseEvent(history: History, random: Random): History | undefined {
  const acknowledged = new Set(history.operations.map(revisionWritten));
  return withEvents(history, random, (events, at) =>
    acknowledged.has(events[at]?.revision ?? 0) ? events.toSpliced(at, 1) : undefined,
  );
}

function repeatEvent(history: History, random: Random): History | undefined {
  return withEvents(history, random, (events, at) => events.toSpliced(at, 0, ...events.slice(at, at + 1)));
}

function swapEvents(history: History, random: Random): History | undefined {
  return withEvents(history, random, (events, at) =>
    at + 1 < events.length ? events.toSpliced(at, 2, ...events.slice(at, at + 2).reverse()) : undefined,
  );
}

type Events = History["watches"][number]["connections"][number]["events"];

function withEvents(
  history: History,
  random: Random,
  change: (events: Events, at: number) => Events | undefined,
): History | undefined {
  const [watch] = history.watches;
  const connection = pick(watch?.connections.filter(({ events }) => events.length > 0) ?? [], random);
  if (watch === undefined || connection === undefined) return undefined;
  const events = change(connection.events, random.below(connection.events.length));
  if (events === undefined) return undefined;
  const connections = watch.connections.map((other) => (other === connection ? { ...other, events } : other));
  return { ...history, watches: [{ ...watch, connections }] };
}

function isPlainPut(op: Operation): op is Answered<Put> {
  return op.kind === "put" && op.condition.kind === "none" && op.outcome.kind === "ok";
}

function gets(history: History): readonly Answered<Get>[] {
  return history.operations.filter((op): op is Answered<Get> => op.kind === "get" && op.outcome.kind === "ok");
}

function replaced(history: History, changed: Operation): History {
  return { ...history, operations: history.operations.map((op) => (op.id === changed.id ? changed : op)) };
}

function pick<T>(items: readonly T[], random: Random): T | undefined {
  return items[random.below(items.length)];
}
