import { type Count, groupBy, type Increment, type Operation, operationText, returnOf } from "./history.ts";
import type { Rule, Violation } from "./verdict.ts";

/** A value of the counter that somebody was told: by a read, or by an increment that says what it made. */
interface Sighting {
  readonly op: Count | Increment;
  readonly count: number;
}

/**
 * Counters: each request id adds one at most once. A told value is at least the increments acknowledged before its
 * operation began, and at most all that may have happened before it ended; it never falls; no two increments make the
 * same value. Takes collapsed requests, so a retry that counts twice is an excess.
 */
export function countersCheck(operations: readonly Operation[]): readonly Violation[] {
  const ofCounters = operations.filter((op) => op.kind === "count" || op.kind === "increment");
  return [...groupBy(ofCounters as readonly (Count | Increment)[], (op) => op.key).values()].flatMap(keyCheck);
}

function keyCheck(operations: readonly (Count | Increment)[]): readonly Violation[] {
  const increments = operations.filter((op) => op.kind === "increment" && op.outcome.kind !== "failed");
  const sightings = operations.flatMap(sightingOf);
  return [...boundsCheck(increments, sightings), ...backwardsCheck(increments, sightings), ...sharedCheck(sightings)];
}

function sightingOf(op: Count | Increment): readonly Sighting[] {
  if (op.outcome.kind !== "ok" || op.outcome.result.count === null) return [];
  return [{ op, count: op.outcome.result.count }];
}

function boundsCheck(increments: readonly Operation[], sightings: readonly Sighting[]): readonly Violation[] {
  const returns = increments.map(returnOf).sort((a, b) => a - b);
  const calls = increments.map((op) => op.call).sort((a, b) => a - b);
  return sightings.flatMap(({ op, count }) => {
    const own = op.kind === "increment" ? 1 : 0;
    const least = below(returns, (time) => time < op.call) + own;
    const most = below(calls, (time) => time <= returnOf(op));
    if (count < least) return [violation("counter-lost", `at least ${least} increments came before`, [op])];
    if (count > most) return [violation("counter-excess", `at most ${most} increments can have happened`, [op])];
    return [];
  });
}

/** In real time a told value never falls, and grows by the increments that lie between. */
function backwardsCheck(increments: readonly Operation[], sightings: readonly Sighting[]): readonly Violation[] {
  const byReturn = [...sightings].sort((a, b) => returnOf(a.op) - returnOf(b.op));
  const byCall = [...sightings].sort((a, b) => a.op.call - b.op.call);
  const violations: Violation[] = [];
  let highest: Sighting | undefined;
  let next = 0;
  for (const { op, count } of byCall) {
    for (let seen = byReturn[next]; seen !== undefined && returnOf(seen.op) < op.call; seen = byReturn[++next]) {
      if (highest === undefined || seen.count > highest.count) highest = seen;
    }
    if (highest === undefined) continue;
    const told = returnOf(highest.op);
    const between = increments.filter((other) => other.call > told && returnOf(other) < op.call).length;
    const least = highest.count + between + (op.kind === "increment" ? 1 : 0);
    if (count >= least) continue;
    violations.push(violation("counter-backwards", `at least ${least} after what was told before`, [highest.op, op]));
  }
  return violations;
}

function sharedCheck(sightings: readonly Sighting[]): readonly Violation[] {
  const made = groupBy(
    sightings.filter(({ op }) => op.kind === "increment"),
    ({ count }) => count,
  );
  return [...made.values()].flatMap((same) =>
    same.length < 2
      ? []
      : [
          violation(
            "counter-shared",
            "increments made one value",
            same.map(({ op }) => op),
          ),
        ],
  );
}

/** How many of an ascending list are before the point where `holds` turns false. */
function below(times: readonly number[], holds: (time: number) => boolean): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const time = times[middle];
    if (time !== undefined && holds(time)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function violation(rule: Rule, why: string, operations: readonly Operation[]): Violation {
  return {
    rule,
    message: `${why}: ${operations.map(operationText).join("; ")}`,
    operations: operations.map((op) => op.id),
  };
}
