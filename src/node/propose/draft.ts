import type { Slot } from "../../core/log.ts";
import type { Caller } from "../../policy/caller.ts";
import type { Need } from "../../policy/need.ts";
import type { Decision } from "../../policy/policy.ts";
import type { Command } from "../../state/command.ts";
import { LEVEL_DOCUMENTS } from "../../state/system-space.ts";

/** A command that was not permitted yet, and who asks for it. */
export interface Draft extends Pick<Command, "id" | "print" | "time" | "op"> {
  readonly caller: Caller;
  /** The rights that it needs, where its operation does not say. */
  readonly needs?: readonly Need[] | undefined;
}

/** A command that was permitted, and not proposed yet; one that was before keeps its birth. */
export interface Stamped extends Omit<Command, "birth"> {
  readonly birth?: Slot | undefined;
}

/** How often a command whose permission was overtaken is decided anew before its writer is told to come back later. */
export const POLICY_TRIES_MAX = 5;
export const POLICY_UNSETTLED = {
  kind: "overloaded",
  detail: "what is permitted changed again and again meanwhile",
} as const;

/** The command of a draft that was permitted; what a namespace at `level` has no fields for is left out. */
export function stampedOf(
  { id, print, time, op }: Draft,
  { stamp, actor }: Extract<Decision, { kind: "allowed" }>,
  level: number,
  birth?: Slot,
): Stamped {
  return {
    id,
    ...(birth === undefined ? {} : { birth }),
    ...(print === undefined ? {} : { print }),
    ...(level < LEVEL_DOCUMENTS ? {} : { stamp, actor, ...(time === undefined ? {} : { time }) }),
    op,
  };
}
