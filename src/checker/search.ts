import { operationText, type RegisterOperation, returnOf, revisionOf } from "./history.ts";
import { comparesWith, observedBy, revisionName, valueName, valueSeen } from "./observed.ts";
import { Pending } from "./pending.ts";
import {
  citedNext,
  isReadOnly,
  isUnplaced,
  REGISTER_EMPTY,
  type Register,
  type RegisterState,
  registerStep,
  stateText,
  UNCITED,
} from "./register.ts";
import type { Violation } from "./verdict.ts";

const EXPLAIN_PLACED_MAX = 5;

/** One more operation placed, and what the key holds then. */
interface Choice {
  readonly position: number;
  readonly state: RegisterState;
}

export interface Node {
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

/** What one key's search knows: which operations are left, which states were tried, and how far it came. */
export class Search {
  readonly pending: Pending;
  readonly #register: Register;
  /** A read can be placed as soon as it fits only if no write without a revision could belong before it. */
  readonly #isOrdered: boolean;
  readonly #isValueSeen: ReadonlySet<string | null>;
  /** Nothing but unconditional puts and reads, and no revision anywhere. */
  readonly #isPlain: boolean;
  readonly #tried = new Set<string>();
  #furthest: Furthest | undefined;

  constructor(operations: readonly RegisterOperation[], register: Register) {
    this.pending = new Pending(operations, isJudged, observedBy(operations));
    this.#register = register;
    this.#isOrdered = !operations.some(isUnplaced);
    this.#isValueSeen = new Set(operations.map(valueSeen));
    this.#isPlain =
      register.cited.length === 0 &&
      operations.every((op) => op.kind === "get" || (op.kind === "put" && op.condition.kind === "none")) &&
      operations.every((op) => revisionOf(op) === null);
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
    return { choices: this.#choices(state, positions, deadline), next: 0, placed };
  }

  #choices(state: RegisterState, positions: readonly number[], deadline: number): readonly Choice[] {
    const soonest = [...positions].sort((a, b) => returnOf(this.pending.at(a).op) - returnOf(this.pending.at(b).op));
    const { value, modRevision } = state;
    // What somebody still has to find here, and never again elsewhere, cannot be overwritten first.
    if (value !== null && (this.pending.observers.get(valueName(value)) ?? 0) > 0) {
      return soonest.filter((at) => isReadOnly(this.pending.at(at).op)).flatMap((at) => this.#step(state, at));
    }
    if (modRevision !== null && (this.pending.observers.get(revisionName(modRevision)) ?? 0) > 0) {
      return soonest
        .filter((at) => isReadOnly(this.pending.at(at).op) || comparesWith(this.pending.at(at).op) === modRevision)
        .flatMap((at) => this.#step(state, at));
    }
    // Where only values count, a put that nobody saw can go first when what it overwrites is done with.
    const unseen = this.#isPlain && value !== null ? soonest.find((at) => this.#isUnseen(at)) : undefined;
    if (unseen !== undefined) return this.#step(state, unseen);
    return [...soonest.flatMap((at) => this.#step(state, at)), ...this.#openChoices(state, positions, deadline)];
  }

  #isUnseen(position: number): boolean {
    const { op } = this.pending.at(position);
    return op.kind === "put" && !this.#isValueSeen.has(op.value);
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
   * An open write matters only if the operation right after it could not stand there without it, or if it makes the
   * next revision that somebody names: otherwise it can move back behind that one, or out of the order altogether. Open
   * writes that differ in nothing anybody saw stand for one
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
      const { revision } = citedNext(this.#register, state.floor);
      return this.#step(state, position).filter(
        (choice) =>
          choice.state.modRevision === revision || blocked.some((other) => this.#isFreed(state, choice.state, other)),
      );
    });
  }

  #isFreed(before: RegisterState, state: RegisterState, position: number): boolean {
    // A put that nobody sees and an open delete of it, where there was nothing: both may as well not have happened.
    const { op } = this.pending.at(position);
    const isUndone = before.value === null && state.modRevision === UNCITED;
    if (isUndone && op.kind === "delete" && op.outcome.kind !== "ok") return false;
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
    const ops = waiting.map((position) => this.pending.at(position).op).sort((a, b) => returnOf(a) - returnOf(b));
    const last = placed.slice(-EXPLAIN_PLACED_MAX).map((position) => this.pending.at(position).op);
    const stuck = this.#observerLeft(state, placed) ?? ops[0];
    const lines = [
      `key ${key}: no order explains ${stuck === undefined ? "the end" : operationText(stuck)}`,
      `where the key holds ${stateText(state)}, with ${remaining} of ${this.pending.definiteCount} operations to place`,
      `placed last: ${last.map(operationText).join("; ") || "nothing"}`,
      `waiting too: ${
        ops
          .filter((op) => op !== stuck)
          .slice(0, EXPLAIN_PLACED_MAX)
          .map(operationText)
          .join("; ") || "nothing"
      }`,
    ];
    const operations = stuck === undefined ? [] : [stuck.id, ...last.map((op) => op.id)];
    return { rule: "linearizable", message: lines.join("\n  "), operations };
  }

  /** Somebody who has to find what the key holds now, and cannot come before something else changes it. */
  #observerLeft({ value, modRevision }: RegisterState, placed: readonly number[]): RegisterOperation | undefined {
    const names = [value === null ? "" : valueName(value), modRevision === null ? "" : revisionName(modRevision)];
    const isPlaced = new Set(placed);
    const left = this.pending.items.findIndex(
      (_, position) => !isPlaced.has(position) && names.includes(this.pending.observed(position) ?? "none"),
    );
    return left < 0 ? undefined : this.pending.at(left).op;
  }

  #nothing(): Furthest {
    return { remaining: this.pending.remaining, state: REGISTER_EMPTY, placed: [], waiting: [] };
  }
}

function isJudged(op: RegisterOperation): boolean {
  if (op.kind !== "get") return true;
  return op.consistency === "linearizable" && op.outcome.kind === "ok";
}
