import { base64Decode } from "../api/base64.ts";
import { utf8Decode, utf8Encode } from "../api/bytes.ts";
import { SynodError } from "./error.ts";
import type { SchemaResult, StandardSchema } from "./standard-schema.ts";

const JSON_TYPE = "application/json";
const TEXT_TYPE = "text/plain; charset=utf-8";

/** How a value comes back: as bytes, as text, as parsed JSON, or as what a schema makes of the parsed JSON. */
export type As<T> = "bytes" | "text" | "json" | StandardSchema<T>;

/** What `as` makes of a value; without it, what the content type says. */
export type ValueOf<T, A extends As<T> | undefined> = A extends "bytes"
  ? Uint8Array
  : A extends "text"
    ? string
    : A extends StandardSchema<infer Output>
      ? Output
      : T;

export interface EncodedValue {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string | undefined;
}

/** Bytes as they are, strings as text, everything else as JSON. `contentType` says otherwise. */
export function valueEncode(value: unknown, contentType?: string): EncodedValue {
  if (value instanceof Uint8Array) return { bytes: new Uint8Array(value), contentType };
  if (value instanceof ArrayBuffer) return { bytes: new Uint8Array(value.slice(0)), contentType };
  if (typeof value === "string") return { bytes: encode(value), contentType: contentType ?? TEXT_TYPE };
  const text = JSON.stringify(value);
  if (text === undefined) throw new SynodError("invalid-value", `JSON cannot carry a value of type ${typeof value}`);
  return { bytes: encode(text), contentType: contentType ?? JSON_TYPE };
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(utf8Encode(text));
}

/** Throws `invalid-value` where the bytes are not what `as` wants. */
export function valueDecode<T>(bytes: Uint8Array, contentType: string | undefined, as: As<T> | undefined): unknown {
  switch (as ?? kindOf(contentType)) {
    case "bytes":
      return bytes;
    case "text":
      return textOf(bytes);
    case "json":
      return jsonOf(bytes);
    default:
      return validated(as as StandardSchema<T>, jsonOf(bytes));
  }
}

/** The same, where nobody can wait: a schema that has to is a `TypeError`. */
export function valueDecodeNow<T>(bytes: Uint8Array, contentType: string | undefined, as: As<T> | undefined): unknown {
  const value = valueDecode(bytes, contentType, as);
  if (value instanceof Promise) throw new TypeError("this schema validates asynchronously");
  return value;
}

function kindOf(contentType = "application/octet-stream"): "bytes" | "text" | "json" {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === JSON_TYPE || type.endsWith("+json")) return "json";
  return type.startsWith("text/") ? "text" : "bytes";
}

function textOf(bytes: Uint8Array): string {
  const text = utf8Decode(bytes);
  if (text === undefined) throw new SynodError("invalid-value", "the value is not UTF-8 text");
  return text;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(bytes));
  } catch (cause) {
    if (cause instanceof SynodError) throw cause;
    throw new SynodError("invalid-value", "the value is not JSON", { cause });
  }
}

function validated<T>(schema: StandardSchema<T>, value: unknown): T | Promise<T> {
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then(fitting) : fitting(result);
}

function fitting<T>(result: SchemaResult<T>): T {
  if (result.issues === undefined) return result.value;
  const messages = result.issues.map(({ message }) => message).join("; ");
  throw new SynodError("invalid-value", `the value does not fit its schema: ${messages}`);
}

/** A value as JSON answers carry it. */
export function valueBytesFrom(json: {
  readonly value: string;
  readonly value_encoding?: "base64" | undefined;
}): Uint8Array {
  if (json.value_encoding === undefined) return utf8Encode(json.value);
  const bytes = base64Decode(json.value);
  if (bytes === undefined) throw new SynodError("invalid-answer", "the answer holds a value that is not base64");
  return bytes;
}
