import type { Configuration } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";

/** Which members a namespace has: `claim` has the register hold these, unless it holds others; `look` writes nothing. */
export interface RegisterCall {
  readonly kind: "look" | "claim";
  readonly configuration: Configuration;
}

/** The members that it holds; absent when it holds none. */
export interface RegisterAnswer {
  readonly kind: "registered";
  readonly members?: readonly Region[] | undefined;
}
