import { keyFromJson, valueFromJson } from "../api/readable.ts";
import type { Release, ReleaseChange, Staged, StagedChange, Transition } from "../api/release.ts";
import type { Compare, TxnOp, TxnPart } from "../state/command.ts";
import { activeKey, documentPut, holdKey, releaseKey, stagedKey, transitionKey } from "./documents.ts";
import type { Effect, Next } from "./transition.ts";

/*
 * Transitions as transactions. Each compares what it was decided on: the release's step, and for a completion every key.
 * One that comes second finds its comparison false and does nothing.
 */

function modIs(key: Uint8Array, revision: number): Compare {
  return { key, result: "equal", target: { kind: "mod", value: revision } };
}

/** The bytes of a key in a document. Throws for base64 that is none: documents are checked when they are made. */
export function bytesOfKey(key: Pick<StagedChange, "key" | "key_encoding">): Uint8Array {
  const bytes = keyFromJson(key);
  if (bytes === undefined) throw new Error("a release's key is not base64");
  return bytes;
}

/** Makes a release, if all its keys are free and as it takes them to be. */
export function createOp(release: Release, staged: Staged, transitions: readonly Transition[]): TxnOp {
  const { id, changes } = release;
  const first = release.transitions - transitions.length + 1;
  return {
    kind: "txn",
    compare: [
      modIs(releaseKey(id), 0),
      ...changes.map((change) => modIs(holdKey(change), 0)),
      ...changes.map((change) => modIs(bytesOfKey(change), change.base_mod_revision)),
    ],
    success: [
      documentPut(releaseKey(id), release),
      documentPut(stagedKey(id), staged),
      documentPut(activeKey(id), {}),
      ...transitions.map((one, index) => documentPut(transitionKey(id, first + index), one)),
      ...changes.map((change) => documentPut(holdKey(change), { release: id })),
    ],
    failure: [],
  };
}

/** One transition from the step that it was decided on. `staged`: for a completion, the values to write. */
export function transitionOp(step: number, { release, effect }: Next, staged: readonly StagedChange[]): TxnOp {
  const { id, changes } = release;
  return {
    kind: "txn",
    compare: [
      modIs(releaseKey(id), step),
      ...(effect === "write-keys" ? changes.map((change) => modIs(bytesOfKey(change), change.base_mod_revision)) : []),
    ],
    success: [
      documentPut(releaseKey(id), release),
      documentPut(transitionKey(id, release.transitions), release.last),
      ...effectParts(effect, id, changes, staged),
    ],
    failure: [],
  };
}

function effectParts(
  effect: Effect,
  id: string,
  changes: readonly ReleaseChange[],
  staged: readonly StagedChange[],
): readonly TxnPart[] {
  if (effect === "none") return [];
  const released: TxnPart[] = [
    { kind: "delete", key: activeKey(id) },
    ...changes.map((change) => ({ kind: "delete", key: holdKey(change) }) as const),
  ];
  return effect === "let-go" ? released : [...staged.map(writeOf), ...released];
}

/** The write that a staged change stands for. */
export function writeOf(change: StagedChange): TxnPart {
  const key = bytesOfKey(change);
  if (change.value === undefined) return { kind: "delete", key };
  const value = valueFromJson({ value: change.value, value_encoding: change.value_encoding });
  if (value === undefined) throw new Error("a release's value is not base64");
  const contentType = change.content_type === undefined ? {} : { contentType: change.content_type };
  return { kind: "put", key, value, ...contentType };
}
