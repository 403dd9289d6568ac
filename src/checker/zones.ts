import { groupBy, operationText, type RegisterOperation, returnOf } from "./history.ts";
import type { Violation } from "./verdict.ts";

/** A stretch of time and what the key held at some moment of it, or all through it. `null`: no value. */
interface Zone {
  readonly value: string | null;
  readonly from: number;
  readonly through: number;
  readonly witnesses: readonly RegisterOperation[];
}

/**
 * Values that one put alone can have written need no search (Gibbons & Korach, Testing Shared Memories, §4): such a
 * value stands from the first return among its put and its reads to the last call among them, so nothing else can
 * stand, even for a moment, within. Finds most mistakes at once, with the two values that contradict each other.
 */
export function zonesCheck(key: string, operations: readonly RegisterOperation[]): Violation | undefined {
  const clusters = clustersOf(operations);
  const held = clusters.filter(({ from, through }) => from < through).sort((a, b) => a.from - b.from);
  const met = clusters
    .filter(({ from, through }) => from >= through)
    .map((zone) => ({ ...zone, from: zone.through, through: zone.from }));
  const single = operations
    .filter((op) => isSeen(op) || isWritten(op))
    .map((op) => ({ ...spanOf(op), witnesses: [op] }));

  let last: Zone | undefined;
  for (const zone of held) {
    if (last !== undefined && zone.from < last.through) return violation(key, last, zone);
    last = zone;
  }
  for (const zone of [...met, ...single]) {
    const around = zoneBefore(held, zone.from);
    if (around === undefined || around.value === zone.value || zone.through >= around.through) continue;
    return violation(key, around, zone);
  }
  return undefined;
}

/** `from`: the first return, `through`: the last call, of each value with one possible writer. */
function clustersOf(operations: readonly RegisterOperation[]): readonly Zone[] {
  const involved = operations.filter((op) => valueOf(op) !== null && (op.kind === "put" ? mayWrite(op) : isSeen(op)));
  return [...groupBy(involved, valueOf)].flatMap(([value, witnesses]) => {
    if (witnesses.filter((op) => op.kind === "put").length !== 1) return [];
    if (!witnesses.some((op) => op.outcome.kind === "ok")) return [];
    const from = Math.min(...witnesses.map(returnOf));
    const through = Math.max(...witnesses.map((op) => op.call));
    return [{ value, from, through, witnesses }];
  });
}

function spanOf(op: RegisterOperation): Omit<Zone, "witnesses"> {
  return { value: valueOf(op), from: op.call, through: returnOf(op) };
}

function valueOf(op: RegisterOperation): string | null {
  if (op.kind === "put") return op.value;
  return op.outcome.kind === "ok" && op.outcome.result.kind === "present" ? op.outcome.result.value : null;
}

function isSeen(op: RegisterOperation): boolean {
  return op.kind === "get" && op.consistency === "linearizable" && op.outcome.kind === "ok";
}

function isWritten(op: RegisterOperation): boolean {
  return op.kind !== "get" && op.outcome.kind === "ok" && op.outcome.result.kind === "written";
}

function mayWrite(op: RegisterOperation): boolean {
  return op.outcome.kind === "unknown" || isWritten(op);
}

/** Of disjoint zones, ascending, the last that begins before a time. */
function zoneBefore(zones: readonly Zone[], time: number): Zone | undefined {
  let low = 0;
  let high = zones.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((zones[middle]?.from ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return zones[low - 1];
}

function violation(key: string, held: Zone, other: Zone): Violation {
  const first = held.witnesses.reduce((best, op) => (returnOf(op) < returnOf(best) ? op : best));
  const last = held.witnesses.reduce((best, op) => (op.call > best.call ? op : best));
  const between = other.witnesses.slice(0, 2);
  const message = [
    `key ${key}: held ${JSON.stringify(held.value)} from ${operationText(first)} to ${operationText(last)}`,
    `but in between: ${between.map(operationText).join("; ")}`,
  ].join("\n  ");
  return { rule: "linearizable", message, operations: [first, last, ...between].map((op) => op.id) };
}
