import type { FlagMetadata, JsonValue } from "@openfeature/core";

/** Why a flag came to its value, in OpenFeature's words; flagd knows no others. */
export type FlagReason = "STATIC" | "DEFAULT" | "TARGETING_MATCH" | "DISABLED" | "ERROR";

export type FlagErrorCode = "FLAG_NOT_FOUND" | "PARSE_ERROR" | "TYPE_MISMATCH" | "INVALID_CONTEXT" | "GENERAL";

/** What an evaluation is about: attributes that targeting rules read, `targetingKey` among them. */
export type FlagContext = Readonly<Record<string, unknown>>;

/** What becomes of a flag for one context. Without a `value` whoever asked falls back to their own. */
export interface Resolution<T = JsonValue> {
  readonly key: string;
  readonly value?: T;
  /** The variant's name, where there is a value. */
  readonly variant?: string;
  readonly reason: FlagReason;
  /** With reason ERROR. */
  readonly errorCode?: FlagErrorCode;
  readonly errorMessage?: string;
  /** The flag's own, over its set's, with `flagSetId` and `version`: the revision that wrote the set. */
  readonly metadata: FlagMetadata;
}

export function flagNotFound(key: string, metadata: FlagMetadata): Resolution<never> {
  return { key, reason: "ERROR", errorCode: "FLAG_NOT_FOUND", errorMessage: `there is no flag "${key}"`, metadata };
}

/** The type of a value in OpenFeature's words. */
export function flagTypeOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}

/**
 * A resolution for somebody who wants a value of a type: that of `fallback`, which they get where there is none. With
 * `undefined` any type will do.
 */
export function resolutionTyped<T>(resolution: Resolution, fallback: T): Resolution<T> & { readonly value: T } {
  const { key, value, variant, metadata } = resolution;
  if (value === undefined) return { ...resolution, value: fallback };
  const [wanted, found] = [flagTypeOf(fallback), flagTypeOf(value)];
  if (fallback === undefined || wanted === found) {
    return {
      key,
      value: value as T,
      ...(variant === undefined ? {} : { variant }),
      reason: resolution.reason,
      metadata,
    };
  }
  const errorMessage = `the flag "${key}" is of type ${found}, not ${wanted}`;
  return { key, value: fallback, reason: "ERROR", errorCode: "TYPE_MISMATCH", errorMessage, metadata };
}
