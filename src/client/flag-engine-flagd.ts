import { utf8Decode } from "../api/bytes.ts";
import { flagSetKey } from "../api/flag-set-name.ts";
import { FlagSet, type FlagSetFault } from "../flags/flag-set.ts";
import { flagNotFound, type Resolution, resolutionTyped } from "../flags/resolution.ts";
import type { FlagEngine, HeldFlagSet } from "./flag-engine.ts";

/** By the bytes of its value, which a view holds as long as it needs them, and which never change. */
const compiled = new WeakMap<Uint8Array, FlagSet | FlagSetFault>();

/** The set of a view, compiled when it is first asked for; undefined when there is none. */
export function flagSetHeld({ set, entry }: HeldFlagSet): FlagSet | FlagSetFault | undefined {
  if (entry === undefined) return undefined;
  const known = compiled.get(entry.value);
  if (known !== undefined) return known;
  const text = utf8Decode(entry.value);
  const made =
    text === undefined
      ? ({ kind: "fault", detail: "it is not UTF-8" } as const)
      : FlagSet.compile({ name: set, text, version: entry.revision });
  compiled.set(entry.value, made);
  return made;
}

/** flagd's engine, which generates no code and so runs wherever this client does. */
export const flagEngine: FlagEngine = {
  evaluate(held, key, fallback, context) {
    const { set } = held;
    const found = flagSetHeld(held);
    if (found === undefined) return resolutionTyped(flagNotFound(key, { flagSetId: set, version: 0 }), fallback);
    if (found.kind === "set") return resolutionTyped(found.evaluate(key, context), fallback);
    const fault: Resolution = {
      key,
      reason: "ERROR",
      errorCode: "PARSE_ERROR",
      errorMessage: `${flagSetKey(set)} is no flag set: ${found.detail}`,
      metadata: { flagSetId: set, version: held.entry?.revision ?? 0 },
    };
    return resolutionTyped(fault, fallback);
  },
};
