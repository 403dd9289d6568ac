import { Decoder, Encoder } from "@msgpack/msgpack";
import { KEPT_RESULT_BYTES_MAX } from "./limits.ts";
import type { AnyOp } from "./operation.ts";
import type { Operations, Result } from "./ops/registry.ts";
import type { KeptResult } from "./request.ts";
import type { Sql } from "./sql.ts";

const encoder = new Encoder();
const decoder = new Decoder();

/** The result of `op` as it is kept for repeats of its request. */
export function keptEncode(operations: Operations, op: AnyOp, result: Result): KeptResult {
  const whole = wholeEncode(operations, op, result);
  return whole.length <= KEPT_RESULT_BYTES_MAX ? whole : encoder.encode(abridged(result));
}

function wholeEncode(operations: Operations, op: AnyOp, result: Result): KeptResult {
  if (result.kind === "refused") return result.current ? encoder.encode(result) : JSON.stringify(result);
  if (result.kind === "applied-before") return JSON.stringify(result);
  const of = operations.of(result);
  const kept = of.kept === undefined ? result : of.kept.shorten(result, op);
  return of.hasBytes(result) ? encoder.encode(kept) : JSON.stringify(kept);
}

/** A refusal stays a refusal, without the value; of an effect, only that there was one. */
export function abridged(result: Result): Result {
  if (result.kind !== "refused") return { kind: "applied-before", revision: result.revision };
  return result.current ? { ...result, current: { ...result.current, value: new Uint8Array(0) } } : result;
}

/** The result that was kept. */
export function keptDecode(operations: Operations, sql: Sql, kept: KeptResult): Result {
  const stored: unknown = typeof kept === "string" ? JSON.parse(kept) : decoder.decode(kept);
  const form = operations.all.find((one) => one.kept?.owns(stored))?.kept;
  if (form === undefined) return stored as Result;
  const restored = form.restore(stored, sql) as Result | undefined;
  return restored ?? { kind: "applied-before", revision: (stored as { readonly revision: number }).revision };
}
