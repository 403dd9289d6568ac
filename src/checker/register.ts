import {
  type Absent,
  type Condition,
  type Outcome,
  type Present,
  type RegisterOperation,
  type RegisterWrite,
  revisionOf,
  revisionWritten,
  valueWritten,
} from "./history.ts";

/** A key that holds a value whose revision no answer ever cites. */
export const UNCITED = -1;

/**
 * What one key holds at one point of a linearization. `floor` is the newest revision placed so far: whatever makes a
 * revision later makes one above it.
 */
export interface RegisterState {
  readonly value: string | null;
  /** `null` when absent, `UNCITED` when nobody says. */
  readonly modRevision: number | null;
  readonly floor: number;
}

export const REGISTER_EMPTY: RegisterState = { value: null, modRevision: null, floor: 0 };

/** A revision of this key that some answer proves to exist. `value` is `undefined` when only an If-Match cites it. */
export interface Cited {
  readonly revision: number;
  readonly value: string | null | undefined;
  /** Index of the write that says it made it; -1 when that write's outcome is unknown. */
  readonly maker: number;
}

export interface Register {
  /** Ascending. They can only be placed in this order, and a read of the store at R only when all up to R are. */
  readonly cited: readonly Cited[];
  /** Indices of writes that alone can have made some cited revision, so that they make no other. */
  readonly reserved: ReadonlySet<number>;
  /** Every revision known to be used by anything, on any key. */
  readonly used: ReadonlySet<number>;
}

/** The revisions in one key's operations (local reads prove them too), which decide most of the order beforehand. */
export function registerOf(operations: readonly RegisterOperation[], used: ReadonlySet<number>): Register {
  const cited = new Map<number, Cited>();
  operations.forEach((op, index) => {
    const revision = revisionWritten(op);
    if (op.kind !== "get" && revision !== null)
      cited.set(revision, { revision, value: valueWritten(op), maker: index });
  });
  for (const op of operations) {
    for (const found of citations(op)) {
      if ((cited.get(found.revision) ?? found).value === undefined || !cited.has(found.revision)) {
        cited.set(found.revision, found);
      }
    }
  }
  const ascending = [...cited.values()].sort((a, b) => a.revision - b.revision);
  return { cited: ascending, reserved: reservedOf(operations, ascending), used };
}

function reservedOf(operations: readonly RegisterOperation[], cited: readonly Cited[]): ReadonlySet<number> {
  const makers = new Map<string, number[]>();
  operations.forEach((op, index) => {
    if (op.kind === "put" && isUnplaced(op)) makers.set(op.value, [...(makers.get(op.value) ?? []), index]);
  });
  const sole = cited.flatMap(({ maker, value }) => {
    const [only, ...more] = maker < 0 && typeof value === "string" ? (makers.get(value) ?? []) : [];
    return only === undefined || more.length > 0 ? [] : [only];
  });
  return new Set(sole);
}

/** The revisions that an operation proves its key to have held. */
function citations(op: RegisterOperation): readonly Cited[] {
  if (op.outcome.kind !== "ok") return [];
  if (op.kind === "get") {
    if (op.outcome.result.kind !== "present" || op.outcome.result.modRevision === null) return [];
    return [{ revision: op.outcome.result.modRevision, value: op.outcome.result.value, maker: -1 }];
  }
  if (op.condition.kind !== "match" || op.outcome.result.kind !== "written") return [];
  return [{ revision: op.condition.modRevision, value: undefined, maker: -1 }];
}

/** Every revision that answers about registers cite as used. */
export function revisionsUsed(operations: readonly RegisterOperation[]): ReadonlySet<number> {
  const made = operations.map(revisionWritten).filter((revision) => revision !== null);
  return new Set([...made, ...operations.flatMap(citations).map(({ revision }) => revision)]);
}

/** The states that `op`, placed after `state`, can lead to; none when what it was told contradicts that place. */
export function registerStep(
  register: Register,
  state: RegisterState,
  op: RegisterOperation,
  index: number,
): readonly RegisterState[] {
  if (op.kind === "get") return getStep(register, state, op.outcome);
  if (mayHold(register, state, op)) return uncitedStep(register, state, op, index);
  const holds = conditionHolds(state, op.condition);
  if (op.outcome.kind === "ok") {
    const { result } = op.outcome;
    if (result.kind === "precondition-failed") return holds ? [] : sameState(state, op);
    if (result.kind === "absent") return holds && state.value === null ? sameState(state, op) : [];
  }
  // A write that would change nothing here is left out of the linearization instead of placed.
  if (!holds || (op.kind === "delete" && state.value === null)) return [];
  return writeStep(register, state, op, index);
}

function getStep(
  register: Register,
  state: RegisterState,
  outcome: Outcome<Present | Absent>,
): readonly RegisterState[] {
  if (outcome.kind !== "ok") return [];
  const { result, revision } = outcome;
  if (result.kind === "absent" && state.value !== null) return [];
  if (result.kind === "present" && result.value !== state.value) return [];
  if (result.kind === "present" && result.modRevision !== null && result.modRevision !== state.modRevision) return [];
  if (revision === null) return [state];
  if (revision < state.floor || revision >= citedNext(register, state.floor).revision) return [];
  return revision === state.floor ? [state] : [{ ...state, floor: revision }];
}

/** The store's revision in an answer that is no read may be newer than its place, never older. */
function sameState(state: RegisterState, op: RegisterOperation): readonly RegisterState[] {
  return state.floor <= (revisionOf(op) ?? Number.POSITIVE_INFINITY) ? [state] : [];
}

function writeStep(
  register: Register,
  state: RegisterState,
  op: RegisterOperation,
  index: number,
): readonly RegisterState[] {
  const value = op.kind === "put" ? op.value : null;
  const next = citedNext(register, state.floor);
  const own = revisionWritten(op);
  if (own !== null) return next.maker === index ? [written(value, own, own)] : [];

  const states: RegisterState[] = [];
  const latest = revisionOf(op) ?? Number.POSITIVE_INFINITY;
  const fits = next.value === undefined ? value !== null : next.value === value;
  if (next.maker < 0 && fits && next.revision <= latest) states.push(written(value, next.revision, next.revision));
  let free = state.floor + 1;
  while (register.used.has(free)) free += 1;
  if (free < next.revision && free <= latest && !register.reserved.has(index))
    states.push(written(value, UNCITED, free));
  return states;
}

function written(value: string | null, modRevision: number, floor: number): RegisterState {
  return { value, modRevision: value === null ? null : modRevision, floor };
}

function conditionHolds(state: RegisterState, condition: Condition): boolean {
  if (condition.kind === "none") return true;
  return condition.kind === "match" ? state.modRevision === condition.modRevision : state.value === null;
}

/**
 * An open write may name a revision that only its client knows (from a watch, say): it may be the uncited one. This is
 * where the search is lenient: it does not remember what it took the uncited revision for, nor that a lost If-Match
 * says which one it was not.
 */
function mayHold({ used }: Register, state: RegisterState, op: RegisterWrite): boolean {
  if (op.outcome.kind === "ok" || op.condition.kind !== "match") return false;
  return state.modRevision === UNCITED && !used.has(op.condition.modRevision);
}

function uncitedStep(
  register: Register,
  state: RegisterState,
  op: RegisterWrite,
  index: number,
): readonly RegisterState[] {
  const named = op.condition.kind === "match" ? op.condition.modRevision : 0;
  if (named >= citedNext(register, state.floor).revision) return [];
  return writeStep(register, { ...state, floor: Math.max(state.floor, named) }, op, index);
}

const CITED_END: Cited = { revision: Number.POSITIVE_INFINITY, value: null, maker: Number.MAX_SAFE_INTEGER };

/** The next revision that has to be placed. Nothing passes over one, so the floor alone tells which it is. */
export function citedNext({ cited }: Register, floor: number): Cited {
  let low = 0;
  let high = cited.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cited[middle]?.revision ?? 0) <= floor) low = middle + 1;
    else high = middle;
  }
  return cited[low] ?? CITED_END;
}

/** Could it be placed here and leave the key as it is? */
export function isReadOnly(op: RegisterOperation): boolean {
  if (op.kind === "get") return true;
  return op.outcome.kind === "ok" && op.outcome.result.kind !== "written";
}

/** Its outcome is open, or its answer came without the revision it made. */
export function isUnplaced(op: RegisterOperation): boolean {
  return !isReadOnly(op) && revisionWritten(op) === null;
}

export function stateText({ value, modRevision, floor }: RegisterState): string {
  if (value === null) return `absent (store at ${floor} or later)`;
  return `${JSON.stringify(value)} at ${modRevision === UNCITED ? "a revision nobody cites" : modRevision} (store at ${floor} or later)`;
}
