import { utf8Decode } from "../api/bytes.ts";
import type { KeyValue } from "../api/key-value.ts";
import { keyFromJson, keyToJson, valueFromJson, valueToJson } from "../api/readable.ts";
import type { ChangeInput, ReleaseChange, StagedChange } from "../api/release.ts";
import { bytesOfKey } from "./operations.ts";
import type { PlanChange, PlanValue } from "./plan.ts";

/** One change of a release that is being made, with the key as it is now. */
export interface MadeChange {
  readonly change: ReleaseChange;
  readonly staged: StagedChange;
  readonly plan: PlanChange;
}

/** Keys and values as documents hold them: text where it is text, whatever the person wrote. */
export function stagedFrom(input: ChangeInput): StagedChange | undefined {
  const encoded = input.key_encoding === "base64" ? ({ key_encoding: "base64" } as const) : {};
  const key = keyFromJson({ key: input.key, ...encoded });
  if (key === undefined) return undefined;
  if (input.value === undefined) return keyToJson(key);
  const isBase64 = input.value_encoding === "base64";
  const value = valueFromJson({ value: input.value, ...(isBase64 ? { value_encoding: "base64" } : {}) });
  if (value === undefined) return undefined;
  const type = input.content_type === undefined ? {} : { content_type: input.content_type };
  return { ...keyToJson(key), ...valueToJson(value), ...type };
}

/** `before`: the key as it is; undefined when there is none. A value keeps its content type unless another is given. */
export function madeChange(staged: StagedChange, before: KeyValue | undefined): MadeChange {
  const { key, key_encoding, value } = staged;
  const named = { key, ...(key_encoding === undefined ? {} : { key_encoding }) };
  const isDelete = value === undefined;
  const contentType = staged.content_type ?? before?.contentType;
  const typed = isDelete || contentType === undefined ? {} : { content_type: contentType };
  const after = isDelete ? undefined : valueBytes(staged);
  return {
    change: {
      ...named,
      ...(isDelete ? { delete: true } : {}),
      ...typed,
      ...(after === undefined ? {} : { bytes: after.length }),
      base_mod_revision: before?.modRevision ?? 0,
    },
    staged: isDelete ? named : { ...staged, ...typed },
    plan: {
      key: named,
      before: before === undefined ? undefined : planValueOf(before.value, before.contentType),
      after: after === undefined ? undefined : planValueOf(after, contentType),
    },
  };
}

function valueBytes({ value = "", value_encoding }: StagedChange): Uint8Array {
  return valueFromJson({ value, value_encoding }) ?? new Uint8Array();
}

/** A value as a plan looks at it. */
export function planValueOf(value: Uint8Array, contentType: string | undefined): PlanValue {
  const text = utf8Decode(value);
  return {
    bytes: value.length,
    ...(contentType === undefined ? {} : { contentType }),
    ...(text === undefined ? {} : { text }),
  };
}

/** The first key that is not as the release was made on. `mod`: a key's revision now, 0 when there is none. */
export function movedKey(changes: readonly ReleaseChange[], mod: (key: Uint8Array) => number): string | undefined {
  return changes.find((change) => mod(bytesOfKey(change)) !== change.base_mod_revision)?.key;
}
