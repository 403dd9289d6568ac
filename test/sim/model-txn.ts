import type { Compare, Refused, TxnOp, TxnPart, TxnPartResult, TxnResult } from "../../src/state/command.ts";
import { textOf, type Version } from "./model-store.ts";
import type { ModelTurn } from "./model-turn.ts";

type Leaf = Exclude<TxnPart, TxnOp>;
/** A transaction with its comparisons decided: only what will run is left. */
interface Path {
  readonly kind: "path";
  readonly succeeded: boolean;
  readonly parts: readonly (Leaf | Path)[];
}

/**
 * A transaction of the model: all comparisons look at the state before it, then all of the path runs or none of it.
 * Simulated clients ask for none that would be refused for what it puts twice, or puts and deletes.
 */
export function modelTxn(turn: ModelTurn, op: TxnOp): TxnResult | Refused {
  const path = pathOf(turn, op);
  const leaves = leavesOf(path);
  for (const leaf of leaves) {
    const refused = leaf.kind === "put" ? turn.putRefused(leaf) : undefined;
    const unmet = leaf.kind === "delete" ? turn.conditionRefused(leaf) : undefined;
    if (refused !== undefined || unmet !== undefined) return refused ?? unmet ?? turn.refuse("condition-failed");
  }
  for (const leaf of leaves) {
    const refused = leaf.kind === "range" ? turn.rangeRefused(leaf) : undefined;
    if (refused !== undefined) return refused;
  }
  return run(turn, path);
}

function pathOf(turn: ModelTurn, op: TxnOp): Path {
  const succeeded = op.compare.every((compare) => holds(turn, compare));
  const parts = (succeeded ? op.success : op.failure).map((part) => (part.kind === "txn" ? pathOf(turn, part) : part));
  return { kind: "path", succeeded, parts };
}

function leavesOf({ parts }: Path): readonly Leaf[] {
  return parts.flatMap((part) => (part.kind === "path" ? leavesOf(part) : [part]));
}

function run(turn: ModelTurn, path: Path): TxnResult {
  const parts = path.parts.map((part): TxnPartResult => {
    switch (part.kind) {
      case "put":
        return turn.put(part);
      case "delete":
        return turn.delete(part);
      case "range":
        return turn.range(part);
      case "path":
        return run(turn, part);
    }
  });
  return { kind: "txn", revision: turn.now, succeeded: path.succeeded, parts };
}

/** For every key of the interval; without one, numbers are 0 and values match nothing. */
function holds({ store, before }: ModelTurn, compare: Compare): boolean {
  const found = store.keysAt(compare, before).flatMap((key) => store.versionAt(key, before) ?? []);
  if (found.length > 0) return found.every((version) => holdsOf(compare, version));
  if (compare.target.kind === "value") return false;
  return holdsOf(compare, { revision: 0, value: "", created: 0, version: 0, lease: "0", labels: {} });
}

function holdsOf({ target, result }: Compare, version: Version): boolean {
  const order = orderOf(target, version);
  switch (result) {
    case "equal":
      return order === 0;
    case "not-equal":
      return order !== 0;
    case "greater":
      return order > 0;
    case "less":
      return order < 0;
  }
}

/** How what the key has stands to what is asked: negative, zero or positive. */
function orderOf(target: Compare["target"], { revision, value = "", created, version, lease }: Version): number {
  switch (target.kind) {
    case "version":
      return version - target.value;
    case "create":
      return created - target.value;
    case "mod":
      return revision - target.value;
    case "lease": {
      const [have, want] = [BigInt(lease), BigInt(target.value)];
      return have < want ? -1 : have > want ? 1 : 0;
    }
    case "value": {
      const want = textOf(target.value);
      return value < want ? -1 : value > want ? 1 : 0;
    }
  }
}
