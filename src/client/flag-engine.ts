import type { FlagContext, Resolution } from "../flags/resolution.ts";
import type { Entry } from "./entry.ts";

/** A flag set as a view holds it. */
export interface HeldFlagSet {
  readonly set: string;
  /** Of the key `flags/{set}`, whose bytes never change; undefined when there is none. */
  readonly entry: Pick<Entry<Uint8Array>, "value" | "revision"> | undefined;
}

/** What evaluates flags in the client's own process. `synod/flags` exports one, over flagd's engine. */
export interface FlagEngine {
  /** Never throws: what cannot be evaluated comes to `fallback`, and the resolution says why. */
  evaluate<T>(held: HeldFlagSet, key: string, fallback: T, context: FlagContext): Resolution<T> & { readonly value: T };
}
