import type { Address } from "./address.ts";

/**
 * What became of a call. A lost answer says nothing about whether the call took effect; nor does the answer to a call
 * that was `repeated` about the first time.
 */
export type Outcome<Answer> =
  | { readonly ok: true; readonly answer: Answer; readonly repeated?: boolean }
  | { readonly ok: false; readonly why: "timeout" | "unreachable" | "overloaded" };

/**
 * The one way from any part to any other. Calls may be lost, delayed, duplicated and reordered.
 *
 * Maps each role to the calls it takes; an `Answer` belongs to the call's kind.
 */
export interface Network<Calls, Answers> {
  call(to: Address, call: Calls, timeoutMs: number): Promise<Outcome<Answers>>;
}
