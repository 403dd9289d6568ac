import { groupBy, isRegister, type Operation, operationText, type RegisterOperation, returnOf } from "./history.ts";
import { Pending } from "./pending.ts";
import {
  isReadOnly,
  isUnplaced,
  REGISTER_EMPTY,
  type Register,
  type RegisterState,
  registerOf,
  registerStep,
  revisionsUsed,
  stateText,
  UNCITED,
} from "./register.ts";
import type { Verdict, Violation } from "./verdict.ts";

/** Nodes of the search per key; about a second's worth at a concurrency of 50. */
export const SEARCH_STEPS_MAX = 200_000;
const EXPLAIN_PLACED_MAX = 5;

/** One more operation placed, and what the key holds then. */
interface Choice {
  readonly position: number;
  readonly state: RegisterState;
}

interface Node {
  readonly choices: readonly Choice[];
  next: number;
  /** How many placements stand before this node's own choice. */
  readonly placed: number;
}

/** The furthest point any order came to. */
interface Furthest {
  readonly remaining: number;
  readonly state: RegisterState;
  readonly placed: readonly number[];
  readonly waiting: readonly number[];
}

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
    const verdict = keySearch(key, ofKey, registerOf(ofKey, used), stepsMax);
    if (verdict.kind === "illegal") violations.push(...verdict.violations);
    if (verdict.kind === "unknown") reason = verdict.reason;
  }
  if (violations.length > 0) return { kind: "illegal", violations };
  return reason === null ? { kind: "ok" } : { kind: "unknown", reason };
}

function isJudged(op: RegisterOperation): boolean {
  if (op.kind !== "get") return true;
  return op.consistency === "linearizable" && op.outcome.kind === "ok";
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

class Search {
  readonly pending: Pending;
  readonly #register: Register;
  /** A read can be placed as soon as it fits only if no write without a revision could belong before it. */
  readonly #isOrdered: boolean;
  readonly #isValueSeen: ReadonlySet<string | null>;
  readonly #tried = new Set<string>();
  #furthest: Furthest | undefined;

  constructor(operations: readonly RegisterOperation[], register: Register) {
    this.pending = new Pending(operations, isJudged);
    this.#register = register;
    this.#isOrdered = !operations.some(isUnplaced);
    this.#isValueSeen = new Set(operations.map(valueSeen));
  }

  /** Places what can only gain by being placed now, and lists what may come next. */
  node(before: RegisterState): Node {
    const state = this.#settle(before);
    const { pending } = this;
    const { positions, deadline } = pending.enabled();
    if (this.#furthest === undefined || pending.remaining < this.#furthest.remaining) {
      this.#furthest = { remaining: pending.remaining, state, placed: [...pending.placed], waiting: positions };
    }
    const placed = pending.placed.length;
    const { value, modRevision, floor } = state;
    const key = `${pending.hashLow} ${pending.hashHigh} ${modRevision} ${floor} ${value}`;
    if (this.#tried.has(key)) return { choices: [], next: 0, placed };
    this.#tried.add(key);
    const definite = [...positions]
      .sort((a, b) => returnOf(pending.at(a).op) - returnOf(pending.at(b).op))
      .flatMap((position) => this.#step(state, position));
    return { choices: [...definite, ...this.#openChoices(state, positions, deadline)], next: 0, placed };
  }

  /** Reads that fit where the search stands: placing them now takes no order away from the others. */
  #settle(before: RegisterState): RegisterState {
    let state = before;
    for (;;) {
      let soonest: Choice | undefined;
      let isPlaced = false;
      for (const position of this.pending.enabled().positions) {
        const { op } = this.pending.at(position);
        const [after] = isReadOnly(op) ? this.#step(state, position) : [];
        if (after === undefined) continue;
        if (after.state === state) {
          this.pending.place(position);
          isPlaced = true;
        } else if (this.#isPinned(op) && after.state.floor < (soonest?.state.floor ?? Number.POSITIVE_INFINITY)) {
          soonest = after;
        }
      }
      if (isPlaced) continue;
      if (soonest === undefined) return state;
      this.pending.place(soonest.position);
      state = soonest.state;
    }
  }

  /** Does the answer name the one state it fits? If not, the same contents may come again, with the store further on. */
  #isPinned(op: RegisterOperation): boolean {
    if (this.#isOrdered) return true;
    return op.outcome.kind === "ok" && op.outcome.result.kind === "present" && op.outcome.result.modRevision !== null;
  }

  #step(state: RegisterState, position: number): readonly Choice[] {
    const { op, index } = this.pending.at(position);
    return registerStep(this.#register, state, op, index).map((after) => ({ position, state: after }));
  }

  /**
   * An open write matters only if the operation right after it could not stand there without it: otherwise it can move
   * back behind that one, or out of the order altogether. Open writes that differ in nothing anybody saw stand for one
   * another, the first called first.
   */
  #openChoices(state: RegisterState, enabled: readonly number[], deadline: number): readonly Choice[] {
    const open = this.pending.openBy(deadline);
    if (open.length === 0) return [];
    const blocked = [...enabled, ...open].filter((position) => this.#step(state, position).length === 0);
    const kinds = new Set<string>();
    return open.flatMap((position) => {
      const kind = this.#openKind(position);
      if (kinds.has(kind)) return [];
      kinds.add(kind);
      return this.#step(state, position).filter((choice) =>
        blocked.some((other) => this.#isFreed(choice.state, other)),
      );
    });
  }

  #isFreed(state: RegisterState, position: number): boolean {
    // An open delete of what nobody saw brings back what was there before: both may as well not have happened.
    const { op } = this.pending.at(position);
    if (op.kind === "delete" && op.outcome.kind !== "ok" && state.modRevision === UNCITED) return false;
    return this.#step(state, position).length > 0;
  }

  #openKind(position: number): string {
    const { op } = this.pending.at(position);
    if (op.kind === "get") return "get";
    const value = op.kind === "put" && this.#isValueSeen.has(op.value) ? op.value : null;
    return JSON.stringify([op.kind, op.condition, value]);
  }

  /** Names the operation that has to be next at the furthest point, and what it would have had to see. */
  explain(key: string): Violation {
    const { state, placed, waiting, remaining } = this.#furthest ?? this.#nothing();
    const ops = [...waiting.map((position) => this.pending.at(position).op)].sort((a, b) => returnOf(a) - returnOf(b));
    const last = placed.slice(-EXPLAIN_PLACED_MAX).map((position) => this.pending.at(position).op);
    const [stuck] = ops;
    const lines = [
      `key ${key}: no order explains ${stuck === undefined ? "the end" : operationText(stuck)}`,
      `where the key holds ${stateText(state)}, with ${remaining} of ${this.pending.definiteCount} operations to place`,
      `placed last: ${last.map(operationText).join("; ") || "nothing"}`,
      `waiting too: ${
        ops
          .slice(1, 1 + EXPLAIN_PLACED_MAX)
          .map(operationText)
          .join("; ") || "nothing"
      }`,
    ];
    const operations = stuck === undefined ? [] : [stuck.id, ...last.map((op) => op.id)];
    return { rule: "linearizable", message: lines.join("\n  "), operations };
  }

  #nothing(): Furthest {
    return { remaining: this.pending.remaining, state: REGISTER_EMPTY, placed: [], waiting: [] };
  }
}

function valueSeen(op: RegisterOperation): string | null {
  if (op.kind !== "get" || op.outcome.kind !== "ok" || op.outcome.result.kind !== "present") return null;
  return op.outcome.result.value;
}
