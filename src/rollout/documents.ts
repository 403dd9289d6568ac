import { utf8Decode, utf8Encode } from "../api/bytes.ts";
import type { KeyValue } from "../api/key-value.ts";
import { keyName } from "../api/overlay.ts";
import { Release, Staged, type StagedChange } from "../api/release.ts";
import { Strategy } from "../api/strategy.ts";
import type { PutOp } from "../state/command.ts";
import { systemKey } from "../state/system-space.ts";

/*
 * Where releases stand in the system key space, and how they are read. A release's values stand apart from it and never
 * change: a transition writes a few kilobytes, whatever the values weigh.
 */

/** Under `releases/`: the release itself, by its id. */
export const RELEASES = "releases/";
/** The values that a release stages. */
export const STAGED = "staged/";
/** One document for each transition of a release. */
export const TRANSITIONS = "transitions/";
/** Ids of the releases that have not ended. */
export const ACTIVE = "active/";
/** Which release holds a key. */
export const HOLDS = "holds/";
export const STRATEGIES = "strategies/";
/** Alerts about a release, as others told of them. */
export const SIGNALS = "signals/";
/** Validators for keys. */
export const SCHEMAS = "schemas/";
export const SETTINGS = "policy/settings";

const SEQUENCE_DIGITS = 6;

export function releaseKey(id: string): Uint8Array {
  return systemKey(`${RELEASES}${id}`);
}

export function stagedKey(id: string): Uint8Array {
  return systemKey(`${STAGED}${id}`);
}

export function activeKey(id: string): Uint8Array {
  return systemKey(`${ACTIVE}${id}`);
}

export function holdKey(key: Pick<StagedChange, "key" | "key_encoding">): Uint8Array {
  return systemKey(`${HOLDS}${keyName(key)}`);
}

/** Transitions of a release, in order: the n-th of them, counted from 1. */
export function transitionKey(id: string, n: number): Uint8Array {
  return systemKey(`${TRANSITIONS}${id}/${`${n}`.padStart(SEQUENCE_DIGITS, "0")}`);
}

const JSON_TYPE = "application/json";

export function documentPut(key: Uint8Array, value: unknown): PutOp {
  return { kind: "put", key, value: utf8Encode(JSON.stringify(value)), contentType: JSON_TYPE };
}

/** The document as JSON; undefined when it is none. */
export function documentJson({ value }: Pick<KeyValue, "value">): unknown {
  try {
    return JSON.parse(utf8Decode(value) ?? "") as unknown;
  } catch {
    return undefined;
  }
}

/** A release with its revision, or undefined for a document that is none. */
export function releaseOf(kv: KeyValue): { readonly release: Release; readonly step: number } | undefined {
  const release = Release.safeParse(documentJson(kv)).data;
  return release === undefined ? undefined : { release, step: kv.modRevision };
}

export function stagedOf(kv: Pick<KeyValue, "value">): readonly StagedChange[] | undefined {
  return Staged.safeParse(documentJson(kv)).data?.changes;
}

export function strategyOf(kv: Pick<KeyValue, "value">): Strategy | undefined {
  return Strategy.safeParse(documentJson(kv)).data;
}
