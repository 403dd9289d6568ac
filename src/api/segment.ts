import { LogicEngine } from "json-logic-engine";
import type { SegmentMatch } from "./cohort.ts";
import type { Json } from "./strategy.ts";

/** What an expression may take: a target's attributes are of a stranger's making. */
const DEPTH_MAX = 64;
const ARRAY_ITEMS_MAX = 10_000;
const STRING_CHARS_MAX = 64 * 1024;

/**
 * The JsonLogic engine that flagd's uses too, as an interpreter: Workers have no `new Function`, and what a person wrote
 * is never made into code.
 */
const engine = new LogicEngine(undefined, {
  disableInline: true,
  disableInterpretedOptimization: true,
  maxDepth: DEPTH_MAX,
  maxArrayLength: ARRAY_ITEMS_MAX,
  maxStringLength: STRING_CHARS_MAX,
});

/** What an expression comes to. Throws `LogicFault` where it cannot be evaluated. */
export function logicRun(logic: Json, data: Readonly<Record<string, Json>>): unknown {
  try {
    return engine.run(logic as never, data as never);
  } catch (cause) {
    throw new LogicFault(faultText(cause), { cause });
  }
}

export class LogicFault extends Error {
  override readonly name = "LogicFault";
}

function faultText(cause: unknown): string {
  const { type, key } = cause as { readonly type?: unknown; readonly key?: unknown };
  if (typeof type === "string") return typeof key === "string" ? `${type}: ${key}` : type;
  return cause instanceof Error ? cause.message : "it cannot be evaluated";
}

/** A segment that cannot be evaluated lets nobody in. */
export const segmentMatch: SegmentMatch = (segment, data) => {
  try {
    return engine.truthy(logicRun(segment, data)) === true;
  } catch {
    return false;
  }
};

/** Why an expression cannot be used; undefined when it can. It is tried on a target without attributes. */
export function logicFault(logic: Json): string | undefined {
  try {
    logicRun(logic, { targetingKey: "" });
    return undefined;
  } catch (fault) {
    return fault instanceof LogicFault && fault.message.startsWith("Unknown Operator") ? fault.message : undefined;
  }
}
