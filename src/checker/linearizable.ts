import { groupBy, isRegister, type Operation, type RegisterOperation } from "./history.ts";
import { REGISTER_EMPTY, type Register, registerOf, revisionsUsed } from "./register.ts";
import { type Node, Search } from "./search.ts";
import type { Verdict, Violation } from "./verdict.ts";
import { zonesCheck } from "./zones.ts";

/** Nodes of the search per key; about a second's worth at a concurrency of 50. */
export const SEARCH_STEPS_MAX = 200_000;

/**
 * Is there one order of the operations on each key, each between its call and its return, that a register with
 * compare-and-set explains? (Wing & Gong's search with Lowe's memory of what was tried.) Keys are independent, for
 * linearizability is local. Takes collapsed requests; proposals and counters have checks of their own.
 */
export function linearizableCheck(operations: readonly Operation[], stepsMax = SEARCH_STEPS_MAX): Verdict {
  const registers = operations.filter((op) => isRegister(op) && op.outcome.kind !== "failed") as RegisterOperation[];
  const used = revisionsUsed(registers);
  const violations: Violation[] = [];
  let reason: string | null = null;
  for (const [key, ofKey] of groupBy(registers, (op) => op.key)) {
    const clash = zonesCheck(key, ofKey);
    if (clash !== undefined) {
      violations.push(clash);
      continue;
    }
    const verdict = keySearch(key, ofKey, registerOf(ofKey, used), stepsMax);
    if (verdict.kind === "illegal") violations.push(...verdict.violations);
    if (verdict.kind === "unknown") reason = verdict.reason;
  }
  if (violations.length > 0) return { kind: "illegal", violations };
  return reason === null ? { kind: "ok" } : { kind: "unknown", reason };
}

function keySearch(
  key: string,
  operations: readonly RegisterOperation[],
  register: Register,
  stepsMax: number,
): Verdict {
  const search = new Search(operations, register);
  const stack: Node[] = [search.node(REGISTER_EMPTY)];
  let steps = 0;
  while (search.pending.remaining > 0) {
    const node = stack.at(-1);
    if (node === undefined) return { kind: "illegal", violations: [search.explain(key)] };
    search.pending.undoTo(node.placed);
    const choice = node.choices[node.next++];
    if (choice === undefined) {
      stack.pop();
      continue;
    }
    if (++steps > stepsMax) return { kind: "unknown", reason: `key ${key}: gave up after ${stepsMax} steps` };
    search.pending.place(choice.position);
    stack.push(search.node(choice.state));
  }
  return { kind: "ok" };
}
