import { registerAddress } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import type { NodeContext } from "../rpc/context.ts";
import * as timing from "../timing.ts";
import { othersThan } from "./register.ts";
import type { RegisterCall } from "./register-call.ts";

/** What the register says of the members that a part was told. */
export type Registered =
  /** They are those that it holds. */
  | { readonly kind: "same" }
  | { readonly kind: "none" }
  | { readonly kind: "others"; readonly members: readonly Region[] }
  | { readonly kind: "unreachable" };

/** Compares the members of a configuration with those of the namespace's register. `claim`: has it hold them first. */
export async function askRegister(
  { parts, configuration }: Pick<NodeContext, "parts" | "configuration">,
  kind: RegisterCall["kind"],
): Promise<Registered> {
  const to = registerAddress(configuration, parts.region);
  const outcome = await parts.registers.call(to, { kind, configuration }, timing.REGISTER_MS);
  if (!outcome.ok || outcome.answer.kind !== "registered") return { kind: "unreachable" };
  const { members } = outcome.answer;
  if (members === undefined) return { kind: "none" };
  const others = othersThan(configuration.members, members);
  return others === undefined ? { kind: "same" } : { kind: "others", members: others };
}
