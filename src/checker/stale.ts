import { type History, type Operation, operationText, returnOf, revisionOf, revisionWritten } from "./history.ts";
import { requestsCollapse } from "./requests.ts";
import type { Violation } from "./verdict.ts";

/** Somebody held `revision` in hand at `at`. */
interface Sighting {
  readonly at: number;
  readonly revision: number;
  readonly id: number | null;
  readonly text: string;
}

/**
 * Across keys, by the store's revision: whatever is not a local read comes after everything that anybody was told
 * before it began. A write makes a revision above all of those; a read is of a store at least as new.
 */
export function staleCheck(history: History): readonly Violation[] {
  const sightings = sightingsOf(history);
  const judged = [...requestsCollapse(history.operations)]
    .filter((op) => op.outcome.kind === "ok" && !(op.kind === "get" && op.consistency === "local"))
    .sort((a, b) => a.call - b.call);
  const violations: Violation[] = [];
  let newest: Sighting | undefined;
  let next = 0;
  for (const op of judged) {
    for (let seen = sightings[next]; seen !== undefined && seen.at < op.call; seen = sightings[++next]) {
      if (newest === undefined || seen.revision > newest.revision) newest = seen;
    }
    if (newest !== undefined) violations.push(...olderCheck(op, newest));
  }
  return violations;
}

function olderCheck(op: Operation, newest: Sighting): readonly Violation[] {
  const operations = newest.id === null ? [op.id] : [newest.id, op.id];
  const wrote = revisionWritten(op);
  const message = `${operationText(op)} began after revision ${newest.revision} was told by ${newest.text}`;
  if (wrote !== null && wrote <= newest.revision) return [{ rule: "revision-order", message, operations }];
  const store = revisionOf(op);
  if (store !== null && store < newest.revision) return [{ rule: "stale-read", message, operations }];
  return [];
}

function sightingsOf({ operations, watches }: History): readonly Sighting[] {
  const answers = operations.flatMap((op) => {
    const revision = Math.max(revisionOf(op) ?? 0, revisionWritten(op) ?? 0);
    return revision === 0 ? [] : [{ at: returnOf(op), revision, id: op.id, text: operationText(op) }];
  });
  const events = watches.flatMap((watch) =>
    watch.connections.flatMap((connection) =>
      connection.events.map(({ at, revision }) => ({ at, revision, id: null, text: `watch ${watch.id} at ${at}` })),
    ),
  );
  return [...answers, ...events].sort((a, b) => a.at - b.at);
}
