import { countersCheck } from "./counter.ts";
import { type History, isRegister, returnOf } from "./history.ts";
import { linearizableCheck, SEARCH_STEPS_MAX } from "./linearizable.ts";
import { proposalsCheck } from "./propose.ts";
import { readsCheck } from "./reads.ts";
import { requestsCheck, requestsCollapse } from "./requests.ts";
import { revisionsCheck, snapshotCheck } from "./revisions.ts";
import { sessionsCheck } from "./session.ts";
import { staleCheck } from "./stale.ts";
import type { Verdict } from "./verdict.ts";
import { watchesCheck } from "./watch.ts";

/** Judges a history by every rule. Throws when the recorder, not the store, is at fault. */
export function historyCheck(history: History, stepsMax = SEARCH_STEPS_MAX): Verdict {
  historyAssert(history);
  const operations = requestsCollapse(history.operations);
  const search = linearizableCheck(operations, stepsMax);
  const violations = [
    ...requestsCheck(history.operations),
    ...revisionsCheck(operations),
    ...readsCheck(operations),
    ...snapshotCheck(operations),
    ...staleCheck(history),
    ...sessionsCheck(history.operations),
    ...proposalsCheck(operations),
    ...countersCheck(operations),
    ...watchesCheck(history),
    ...(search.kind === "illegal" ? search.violations : []),
  ];
  return violations.length > 0 ? { kind: "illegal", violations } : search;
}

function historyAssert({ operations }: History): void {
  const ids = new Set<number>();
  const requests = new Map<string, string>();
  for (const op of operations) {
    if (ids.has(op.id)) throw new Error(`two operations have the id ${op.id}`);
    ids.add(op.id);
    if (op.return !== null && op.return < op.call) throw new Error(`#${op.id} returned before it was called`);
    if (op.outcome.kind === "ok" && !Number.isFinite(returnOf(op)))
      throw new Error(`#${op.id} is ok but did not return`);
    if (op.request === undefined) continue;
    const { kind, key } = op;
    const value = "value" in op ? op.value : null;
    const asked = JSON.stringify([kind, key, value, isRegister(op) && op.kind !== "get" ? op.condition : null]);
    if ((requests.get(op.request) ?? asked) !== asked) throw new Error(`request ${op.request} asked for two things`);
    requests.set(op.request, asked);
  }
}
