import { type RegisterOperation, returnOf, revisionOf, revisionWritten } from "../../src/checker/history.ts";

interface Cell {
  readonly value: string | null;
  readonly modRevision: number;
  readonly floor: number;
}

/**
 * The definition, tried out word for word on one key: every order that real time allows, every subset of the open
 * writes, every revision a write may have made. For a handful of operations only; the judge of the real search.
 */
export function bruteIsLinearizable(operations: readonly RegisterOperation[], revisionMax: number): boolean {
  const judged = operations.filter((op) => op.kind !== "get" || op.outcome.kind === "ok");
  return placeRest(judged, { value: null, modRevision: 0, floor: 0 }, revisionMax);
}

function placeRest(rest: readonly RegisterOperation[], cell: Cell, revisionMax: number): boolean {
  if (rest.every((op) => op.outcome.kind !== "ok")) return true;
  return rest.some((op) => {
    const others = rest.filter((other) => other !== op);
    if (others.some((other) => returnOf(other) < op.call)) return false;
    return outcomes(op, cell, revisionMax).some((after) => placeRest(others, after, revisionMax));
  });
}

function outcomes(op: RegisterOperation, cell: Cell, revisionMax: number): readonly Cell[] {
  const store = revisionOf(op);
  if (op.kind === "get") {
    if (op.outcome.kind !== "ok") return [];
    const { result } = op.outcome;
    const fits =
      result.kind === "absent"
        ? cell.value === null
        : result.value === cell.value && (result.modRevision ?? cell.modRevision) === cell.modRevision;
    return fits && (store ?? cell.floor) >= cell.floor ? [{ ...cell, floor: store ?? cell.floor }] : [];
  }
  const { condition } = op;
  const isMatch = cell.value !== null && condition.kind === "match" && condition.modRevision === cell.modRevision;
  const holds = condition.kind === "none" || isMatch || (condition.kind === "none-match" && cell.value === null);
  const latest = store ?? revisionMax;
  const unchanged = cell.floor <= latest ? [cell] : [];
  if (op.outcome.kind === "ok" && op.outcome.result.kind === "precondition-failed") return holds ? [] : unchanged;
  const isNothing = op.kind === "delete" && cell.value === null;
  if (op.outcome.kind === "ok" && op.outcome.result.kind === "absent") return holds && isNothing ? unchanged : [];
  if (!holds || isNothing) return [];
  const own = revisionWritten(op);
  const made = own === null ? Array.from({ length: revisionMax }, (_, index) => index + 1) : [own];
  return made
    .filter((revision) => revision > cell.floor && (own !== null || revision <= latest))
    .map((revision) => ({ value: op.kind === "put" ? op.value : null, modRevision: revision, floor: revision }));
}
