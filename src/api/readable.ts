import { z } from "zod";
import { base64Decode, base64Encode } from "./base64.ts";
import { utf8Decode, utf8Encode } from "./bytes.ts";
import type { KeyValue } from "./key-value.ts";

/** How a JSON string stands for bytes. Absent means that the string is the bytes, as UTF-8. */
const Encoding = z.literal("base64").optional();

const keyShape = {
  key: z.string().meta({ description: "The key, as UTF-8 text when it is; otherwise in base64" }),
  key_encoding: Encoding.meta({ description: "Present when the key is in base64" }),
};
const valueShape = {
  value: z.string().meta({ description: "The value, as UTF-8 text when it is; otherwise in base64" }),
  value_encoding: Encoding.meta({ description: "Present when the value is in base64" }),
  content_type: z.string().optional(),
};
const labelShape = {
  actor: z
    .string()
    .optional()
    .meta({ description: "Who wrote it, such as `token:ci`; absent where that is not known" }),
  time: z.iso
    .datetime()
    .optional()
    .meta({ description: "When the router took the write, by its clock. A label: it orders nothing" }),
};
const metaShape = {
  create_revision: z.int(),
  mod_revision: z.int(),
  version: z.int(),
  lease: z.string().optional().meta({ description: "The lease that keeps the key alive; absent when none does" }),
  ...labelShape,
};

/** A key with its value, as JSON that a person can read. */
export const KeyValueJson = z.object({ ...keyShape, ...valueShape, ...metaShape }).meta({ id: "KeyValue" });
export type KeyValueJson = z.infer<typeof KeyValueJson>;

/** A key without its value. */
export const KeyJson = z.object({ ...keyShape, ...metaShape }).meta({ id: "Key" });
export type KeyJson = z.infer<typeof KeyJson>;

export const DeletedKeyJson = z
  .object({ ...keyShape, mod_revision: z.int(), ...labelShape })
  .meta({ id: "DeletedKey" });
export type DeletedKeyJson = z.infer<typeof DeletedKeyJson>;

export function keyToJson(key: Uint8Array): Pick<KeyJson, "key" | "key_encoding"> {
  const text = utf8Decode(key);
  return text === undefined ? { key: base64Encode(key), key_encoding: "base64" } : { key: text };
}

/** undefined when a string that claims to be base64 is not. */
export function keyFromJson(json: Pick<KeyJson, "key" | "key_encoding">): Uint8Array | undefined {
  return json.key_encoding === "base64" ? base64Decode(json.key) : utf8Encode(json.key);
}

export function valueToJson(value: Uint8Array): Pick<KeyValueJson, "value" | "value_encoding"> {
  const text = utf8Decode(value);
  return text === undefined ? { value: base64Encode(value), value_encoding: "base64" } : { value: text };
}

/** undefined when a string that claims to be base64 is not. */
export function valueFromJson(json: Pick<KeyValueJson, "value" | "value_encoding">): Uint8Array | undefined {
  return json.value_encoding === "base64" ? base64Decode(json.value) : utf8Encode(json.value);
}

export function keyMetaToJson(kv: KeyValue): KeyJson {
  return {
    ...keyToJson(kv.key),
    create_revision: kv.createRevision,
    mod_revision: kv.modRevision,
    version: kv.version,
    ...(kv.lease === "0" ? {} : { lease: kv.lease }),
    ...labelsToJson(kv),
  };
}

/** A key that was deleted, and when and by whom. */
export function deletedKeyToJson(kv: KeyValue): DeletedKeyJson {
  return { ...keyToJson(kv.key), mod_revision: kv.modRevision, ...labelsToJson(kv) };
}

function labelsToJson({ actor, time }: KeyValue): Pick<KeyJson, "actor" | "time"> {
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
  };
}

export function keyValueToJson(kv: KeyValue): KeyValueJson {
  const { key, key_encoding, ...meta } = keyMetaToJson(kv);
  return {
    key,
    ...(key_encoding === undefined ? {} : { key_encoding }),
    ...valueToJson(kv.value),
    ...(kv.contentType === undefined ? {} : { content_type: kv.contentType }),
    ...meta,
  };
}
