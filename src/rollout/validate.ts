import { Validator as JsonSchema, type Schema } from "@cfworker/json-schema";
import { FINDINGS_MAX, type Finding, REASON_CHARS_MAX } from "../api/release.ts";
import type { SchemaDocument, Validator } from "../api/schema.ts";
import { logicFault, logicRun } from "../api/segment.ts";
import type { Json } from "../api/strategy.ts";
import type { PlanChange, PlanValue } from "./plan.ts";

/** Characters of a pattern: what a person wrote runs against what another person wrote. */
const PATTERN_CHARS_MAX = 256;

/** Why a validator cannot be registered; undefined when it can. */
export function validatorFault(validator: Validator): string | undefined {
  if (validator.kind === "logic") return logicFault(validator.logic as Json);
  if (validator.kind === "endpoint") return undefined;
  const fault = schemaFault(validator.schema);
  if (fault !== undefined) return fault;
  try {
    new JsonSchema(validator.schema as Schema | boolean, "2020-12", false).validate(null);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "it cannot be evaluated";
  }
}

/** What of JSON Schema is refused: references that lead elsewhere or change on the way, and long patterns. */
function schemaFault(schema: unknown): string | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  for (const [name, value] of Object.entries(schema)) {
    if (name === "$dynamicRef" || name === "$recursiveRef") return `${name} is not taken`;
    if (name === "$ref" && typeof value === "string" && !value.startsWith("#")) return `$ref ${value} is not in it`;
    const isPattern = name === "pattern" && typeof value === "string";
    const patterns = isPattern ? [value] : name === "patternProperties" ? Object.keys(Object(value) as object) : [];
    if (patterns.some((pattern) => pattern.length > PATTERN_CHARS_MAX)) {
      return `a pattern has at most ${PATTERN_CHARS_MAX} characters`;
    }
    const inner = schemaFault(value);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** The schemas that guard any of these keys. */
export function schemasFor(
  schemas: readonly SchemaDocument[],
  changes: readonly Pick<PlanChange, "key">[],
): readonly SchemaDocument[] {
  return schemas.filter(({ prefix }) => changes.some(({ key }) => isUnder(prefix, key)));
}

function isUnder(prefix: string, { key, key_encoding }: PlanChange["key"]): boolean {
  return key_encoding === undefined && key.startsWith(prefix);
}

/** What the validators that need nobody else say of a change. A validator that cannot be evaluated refuses. */
export function validate(schemas: readonly SchemaDocument[], changes: readonly PlanChange[]): readonly Finding[] {
  const findings = schemas.flatMap(({ prefix, validators }) => {
    const guarded = changes.filter(({ key }) => isUnder(prefix, key));
    return guarded.length === 0 ? [] : validators.flatMap((one) => said(one, prefix, guarded));
  });
  return findings.slice(0, FINDINGS_MAX);
}

function said(validator: Validator, prefix: string, changes: readonly PlanChange[]): readonly Finding[] {
  if (validator.kind === "endpoint") return [];
  if (validator.kind === "json-schema") return changes.flatMap((change) => schemaSaid(validator.schema, change));
  const { logic, message } = validator;
  try {
    const holds = logicRun(logic as Json, logicData(prefix, changes));
    return holds === true ? [] : [finding("invariant", message)];
  } catch (fault) {
    return [finding("invariant", `${message} (${fault instanceof Error ? fault.message : "not evaluated"})`)];
  }
}

function schemaSaid(schema: unknown, { key, after }: PlanChange): readonly Finding[] {
  if (after === undefined) return [];
  const json = jsonOf(after);
  if (json === undefined) return [finding("schema", `${key.key}: the value is no JSON`, key)];
  try {
    const { valid, errors } = new JsonSchema(schema as Schema | boolean, "2020-12", false).validate(json.value);
    if (valid) return [];
    const last = errors.at(-1);
    return [finding("schema", `${key.key}: ${last?.instanceLocation ?? "#"}: ${last?.error ?? "not valid"}`, key)];
  } catch (error) {
    return [finding("schema", `${key.key}: ${error instanceof Error ? error.message : "not evaluated"}`, key)];
  }
}

function finding(code: string, detail: string, key?: PlanChange["key"]): Finding {
  return { severity: "error", code, ...key, detail: detail.slice(0, REASON_CHARS_MAX) };
}

/** What an invariant sees: the values that the change writes, by key without the prefix, and what was there before. */
function logicData(prefix: string, changes: readonly PlanChange[]): Readonly<Record<string, Json>> {
  const values: Record<string, Json> = {};
  const before: Record<string, Json> = {};
  for (const { key, before: was, after } of changes) {
    const name = key.key.slice(prefix.length);
    if (after !== undefined) values[name] = (jsonOf(after)?.value ?? after.text ?? null) as Json;
    if (was !== undefined) before[name] = (jsonOf(was)?.value ?? was.text ?? null) as Json;
  }
  return { values, before, list: Object.values(values) };
}

function jsonOf({ text }: PlanValue): { readonly value: unknown } | undefined {
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
