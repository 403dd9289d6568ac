import {
  groupBy,
  type History,
  type Operation,
  operationText,
  type Watch,
  type WatchEvent,
  watchEvents,
} from "./history.ts";
import { requestsCollapse } from "./requests.ts";
import { type Fact, factBefore, factsOf, mayHaveEffect } from "./revisions.ts";
import type { Violation } from "./verdict.ts";
import { originsCheck } from "./watch-origin.ts";
import { violation } from "./watch-violation.ts";

/**
 * A watch has no gap, repeat, reorder or undecided event, across reconnects. It is judged against the writes and reads
 * of the history and against the other watches. Writes of unknown outcome may appear, once, or not.
 */
export function watchesCheck(history: History): readonly Violation[] {
  const operations = requestsCollapse(history.operations);
  const facts = factsOf(operations);
  const events = eventFacts(history.watches);
  const told = new Map([...events, ...facts].map((fact) => [`${fact.revision} ${fact.key}`, fact]));
  const gets = operations.filter((op) => op.kind === "get" && op.outcome.kind === "ok");
  const violations: Violation[] = [];
  for (const watch of history.watches) {
    violations.push(...orderCheck(watch));
    violations.push(...gapsCheck(watch, [...told.values()]));
    violations.push(...getsCheck(watch, gets));
  }
  const writes = operations.filter((op) => mayHaveEffect(op));
  const withoutEffect = operations.filter((op) => !mayHaveEffect(op));
  return [...violations, ...originsCheck(history.watches, facts, writes, withoutEffect)];
}

interface EventFact extends Omit<Fact, "source"> {
  readonly source: Operation | Watch;
}

function eventFacts(watches: readonly Watch[]): readonly EventFact[] {
  return watches.flatMap((source) =>
    watchEvents(source).map(({ revision, key, value }) => ({ revision, key, value, source })),
  );
}

/** What was delivered is above `from`, ascending, each once, and of the keys asked for. */
function orderCheck(watch: Watch): readonly Violation[] {
  const violations: Violation[] = [];
  const seen = new Set<string>();
  let last: WatchEvent | undefined;
  for (const connection of watch.connections) {
    for (const event of connection.events) {
      const name = `${event.revision} ${event.key}`;
      if (event.revision < connection.from)
        violations.push(violation("watch-before-from", watch, `asked from ${connection.from}`, event));
      if (!isWatched(watch, event.key))
        violations.push(violation("watch-target", watch, "not a key it watches", event));
      if (seen.has(name)) violations.push(violation("watch-repeat", watch, "delivered before", event));
      else if (last !== undefined && event.revision <= last.revision) {
        violations.push(violation("watch-reorder", watch, `after revision ${last.revision}`, event));
      }
      seen.add(name);
      last = event;
    }
  }
  return violations;
}

/** Everything known to have happened to its keys, between where it began and how far it came, was delivered. */
function gapsCheck(watch: Watch, facts: readonly EventFact[]): readonly Violation[] {
  const delivered = new Set(watchEvents(watch).map(({ revision }) => revision));
  const from = watch.connections[0]?.from ?? Number.POSITIVE_INFINITY;
  const through = watch.through ?? Math.max(0, ...delivered);
  const missing = facts.filter(
    ({ revision, key }) => revision >= from && revision <= through && isWatched(watch, key) && !delivered.has(revision),
  );
  return [...groupBy(missing, ({ revision }) => revision)].map(([revision, [fact]]) => {
    const source =
      fact === undefined ? "" : "kind" in fact.source ? operationText(fact.source) : `watch ${fact.source.id}`;
    const message = `watch ${watch.id} from ${from} came to ${through} without revision ${revision}, told by ${source}`;
    return {
      rule: "watch-gap",
      message,
      operations: fact !== undefined && "kind" in fact.source ? [fact.source.id] : [],
    };
  });
}

/** A read of the store at R shows the newest event of its key up to R. */
function getsCheck(watch: Watch, gets: readonly Operation[]): readonly Violation[] {
  const byKey = groupBy(
    [...watchEvents(watch)].sort((a, b) => a.revision - b.revision),
    ({ key }) => key,
  );
  const through = watch.through ?? Math.max(0, ...watchEvents(watch).map(({ revision }) => revision));
  return gets.flatMap((op) => {
    const events = byKey.get(op.key) ?? [];
    if (op.kind !== "get" || op.outcome.kind !== "ok" || op.outcome.revision === null) return [];
    const { revision, result } = op.outcome;
    const last = factBefore(events, revision);
    if (last === undefined) return [];
    const isMissed =
      result.kind === "present"
        ? result.modRevision !== null && last.revision > result.modRevision
        : last.value !== null && revision <= through;
    return isMissed ? [violation("watch-read", watch, `not shown by ${operationText(op)}`, last, [op.id])] : [];
  });
}

function isWatched({ target }: Watch, key: string): boolean {
  return target.kind === "key" ? key === target.key : key.startsWith(target.prefix);
}
