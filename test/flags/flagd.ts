import { FlagSet } from "../../src/flags/flag-set.ts";
import type { FlagContext, Resolution } from "../../src/flags/resolution.ts";

/** A flag set of flagd's format, or why it is none. */
export function setOf(json: unknown, version = 7): FlagSet {
  const compiled = FlagSet.compile({ name: "default", text: JSON.stringify(json), version });
  if (compiled.kind === "fault") throw new Error(compiled.detail);
  return compiled;
}

export const COLOURS = { red: "#FF0000", blue: "#0000FF", green: "#00FF00", grey: "#808080" };

/** What a flag `headerColor` of these variants resolves to with a targeting rule; its default is grey. */
export function targeted(targeting: unknown, context: FlagContext = {}, evaluators?: object): Resolution {
  const flag = { state: "ENABLED", variants: COLOURS, defaultVariant: "grey", targeting };
  return setOf({
    flags: { headerColor: flag },
    ...(evaluators === undefined ? {} : { $evaluators: evaluators }),
  }).evaluate("headerColor", context);
}

/** What a rule's expression comes to: true, false, or null (nothing at all). */
export function truth(expression: unknown, context: FlagContext = {}): boolean | null {
  const flag = { state: "ENABLED", variants: { true: "t", false: "f", none: "n" }, defaultVariant: "none" };
  const { variant, errorMessage } = setOf({ flags: { f: { ...flag, targeting: expression } } }).evaluate("f", context);
  if (variant === undefined) throw new Error(errorMessage);
  return variant === "none" ? null : variant === "true";
}
