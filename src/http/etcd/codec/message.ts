import { utf8Encode } from "../../../api/bytes.ts";
import { EtcdError } from "./error.ts";
import { GoBase64Error, goBase64Decode } from "./go-base64.ts";
import { type GoJson, GoJsonError, goJsonNext, goJsonWhole, goQuote } from "./go-json.ts";

/**
 * Protocol buffer messages from JSON, with the manners of golang/protobuf's jsonpb as etcd runs it: original and
 * camel-case names, unknown ones ignored, numbers also as strings, `null` for what is absent.
 */

type Scalar =
  | { readonly kind: "bytes" | "string" | "int64" | "uint64" | "bool" }
  /** `type` is the name that errors give it. */
  | { readonly kind: "enum"; readonly type: string; readonly names: readonly string[] };
type Item = Scalar | { readonly kind: "message"; readonly spec: () => AnySpec };

export type FieldSpec = Item & {
  readonly number: number;
  readonly repeated?: boolean;
  /** A member of a oneof is undefined unless it was set, also to its default. */
  readonly oneof?: boolean;
};

/** The fields in the order of the Go struct, which is the order in which errors are found. */
export type MessageSpec<T> = { readonly [Name in keyof T]-?: FieldSpec };
type AnySpec = Readonly<Record<string, FieldSpec>>;

/** Reads the first JSON value of `text`; nothing at all is the empty message. What follows is not looked at. */
export function messageFromJson<T>(spec: MessageSpec<T>, text: string): T {
  return guarded("invalid-argument", () => {
    const found = goJsonNext(text);
    return messageOf(spec, found?.value ?? NULL);
  });
}

/**
 * Reads the message at the start of `text`, and says where it ends; undefined when there is none yet.
 * @param isAll whether `text` is all that there will be.
 */
export function messageNext<T>(
  spec: MessageSpec<T>,
  text: string,
  isAll: boolean,
): { readonly message: T; readonly end: number } | undefined {
  return guarded("unknown", () => {
    const found = goJsonNextOrMore(text, isAll);
    return found && { message: messageOf(spec, found.value), end: found.end };
  });
}

function goJsonNextOrMore(text: string, isAll: boolean): ReturnType<typeof goJsonNext> {
  try {
    return goJsonNext(text);
  } catch (error) {
    if (error instanceof GoJsonError && error.incomplete && !isAll) return undefined;
    throw error;
  }
}

function guarded<T>(code: "invalid-argument" | "unknown", read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof GoJsonError || error instanceof GoBase64Error) throw new EtcdError(code, error.message);
    throw error;
  }
}

function messageOf<T>(spec: MessageSpec<T>, json: GoJson): T {
  return fieldsOf(spec as AnySpec, json) as T;
}

function fieldsOf(spec: AnySpec, json: GoJson): Readonly<Record<string, unknown>> {
  if (json.kind !== "object" && json.kind !== "null") throw misfit(json, "map[string]json.RawMessage");
  const given = json.kind === "object" ? json.fields : NOTHING_GIVEN;
  const found: Record<string, unknown> = {};
  const fields = namedFields(spec);
  for (const one of fields) if (one.field.oneof !== true) found[one.name] = fieldOf(one.field, take(given, one));
  // Of a oneof one member is set: the first here, any at all in Go.
  let isSet = false;
  for (const one of fields) {
    if (one.field.oneof !== true) continue;
    const value = take(given, one);
    found[one.name] = value === undefined || isSet ? undefined : fieldOf(one.field, value);
    isSet ||= value !== undefined;
  }
  return found;
}

const NULL: GoJson = { kind: "null" };
const NOTHING_GIVEN: ReadonlyMap<string, GoJson> = new Map();

/** The camel-case name wins over the original one. */
function take(given: ReadonlyMap<string, GoJson>, { name, camel }: NamedField): GoJson | undefined {
  return given.get(camel) ?? given.get(name);
}

interface NamedField {
  readonly name: string;
  readonly camel: string;
  readonly field: FieldSpec;
}

const namedFieldsKnown = new WeakMap<AnySpec, readonly NamedField[]>();

/** The fields of a message as a list, which is made only once: it is gone through several times for each request. */
function namedFields(spec: AnySpec): readonly NamedField[] {
  let fields = namedFieldsKnown.get(spec);
  if (fields === undefined) {
    fields = Object.entries(spec).map(([name, field]) => {
      const camel = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
      return { name, camel, field };
    });
    namedFieldsKnown.set(spec, fields);
  }
  return fields;
}

function fieldOf(field: FieldSpec, json: GoJson | undefined): unknown {
  if (field.repeated === true) {
    if (json === undefined || json.kind === "null") return [];
    if (json.kind !== "array") throw misfit(json, "[]json.RawMessage");
    return json.items.map((item) => itemOf(field, item) ?? itemOf(field, { kind: "object", fields: new Map() }));
  }
  return itemOf(field, json ?? NULL);
}

function itemOf(item: Item, json: GoJson): unknown {
  switch (item.kind) {
    case "message":
      return json.kind === "null" ? undefined : fieldsOf(item.spec(), json);
    case "bytes":
      return bytesOf(json);
    case "string":
      if (json.kind !== "string" && json.kind !== "null") throw misfit(json, "string");
      return json.kind === "string" ? json.text : "";
    case "int64":
      return integerOf(json, "int64", 64);
    case "uint64":
      return integerOf(json, "uint64", 64);
    case "bool":
      if (json.kind !== "bool" && json.kind !== "null") throw misfit(json, "bool");
      return json.kind === "bool" && json.value;
    case "enum":
      return enumOf(item, json);
  }
}

function bytesOf(json: GoJson): Uint8Array {
  if (json.kind === "null") return new Uint8Array();
  if (json.kind === "string") return goBase64Decode(json.text);
  if (json.kind !== "array") throw misfit(json, "[]uint8");
  return Uint8Array.from(json.items, (one) => {
    const byte = integerOf(one, "uint8", 8);
    if (one.kind === "number" && (byte < 0n || byte > 255n)) throw misfitNumber(one.text, "uint8");
    return Number(byte);
  });
}

function integerOf(given: GoJson, type: string, bits: 8 | 32 | 64): bigint {
  const json = given.kind === "string" && bits !== 8 ? goJsonWhole(given.raw) : given;
  if (json.kind === "null") return 0n;
  if (json.kind !== "number") throw misfit(json, type);
  if (!/^-?\d+$/.test(json.text)) throw misfitNumber(json.text, type);
  const value = BigInt(json.text);
  const fitting = type === "uint64" ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  if (bits !== 8 && fitting !== value) throw misfitNumber(json.text, type);
  return value;
}

function enumOf({ type, names }: Scalar & { kind: "enum" }, json: GoJson): number {
  if (json.kind !== "string") return Number(integerOf(json, type, 32));
  const index = names.indexOf(json.raw);
  if (index < 0) throw new GoJsonError(`unknown value ${goQuote(json.raw)} for enum ${type}`);
  return index;
}

function misfit(json: GoJson, type: string): GoJsonError {
  return new GoJsonError(`json: cannot unmarshal ${json.kind} into Go value of type ${type}`);
}

function misfitNumber(text: string, type: string): GoJsonError {
  return new GoJsonError(`json: cannot unmarshal number ${text} into Go value of type ${type}`);
}

/** Bytes of a message in protocol buffers' own encoding, which is what etcd's size limits are about. */
export function messageBytes<T>(spec: MessageSpec<T>, message: T): number {
  return fieldsBytes(spec as AnySpec, message as Readonly<Record<string, unknown>>);
}

function fieldsBytes(spec: AnySpec, message: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const { name, field } of namedFields(spec)) {
    const value = message[name];
    if (field.repeated !== true) bytes += itemBytes(field, value);
    else for (const one of value as readonly unknown[]) bytes += itemBytes(field, one);
  }
  return bytes;
}

function itemBytes(field: FieldSpec, value: unknown): number {
  if (value === undefined) return 0;
  const tag = lengthBytes(field.number * 8);
  if (field.kind === "bytes" || field.kind === "string" || field.kind === "message") {
    const length = field.kind === "message" ? nestedBytes(field.spec(), value) : bytesLength(value);
    if (length === 0 && field.kind !== "message" && field.oneof !== true) return 0;
    return tag + lengthBytes(length) + length;
  }
  const isDefault = value === 0n || value === 0 || value === false;
  if (isDefault) return field.oneof === true ? tag + 1 : 0;
  return tag + varintBytes(BigInt.asUintN(64, BigInt(value as bigint | number | boolean)));
}

function nestedBytes(spec: AnySpec, value: unknown): number {
  return fieldsBytes(spec, value as Readonly<Record<string, unknown>>);
}

function bytesLength(value: unknown): number {
  return typeof value === "string" ? utf8Encode(value).length : (value as Uint8Array).length;
}

/** Bytes of a small number that is not negative. */
function lengthBytes(value: number): number {
  let bytes = 1;
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) bytes++;
  return bytes;
}

function varintBytes(value: bigint): number {
  let bytes = 1;
  for (let left = value >> 7n; left > 0n; left >>= 7n) bytes++;
  return bytes;
}
