import type { Slot } from "../../core/log.ts";
import type { Configuration } from "../../network/address.ts";
import type { Command } from "../../state/command.ts";
import type { Hint } from "./log-position.ts";
import type { Results } from "./request-ref.ts";

/** Commands for the distinguished proposer, of one entry's size at most; whoever is asked to lead leads. */
export interface LeaderCall {
  readonly kind: "submit";
  readonly configuration: Configuration;
  readonly commands: readonly Command[];
  readonly waitMs: number;
}

export type LeaderAnswer =
  /** All in one entry. */
  | { readonly kind: "submitted"; readonly results: Results; readonly slot: Slot; readonly hint: Hint }
  /** It did not come through in time. It still may: the same call, delivered twice, is another one to its leader. */
  | { readonly kind: "failed" }
  /** The same, because it leads and has more to do than it can: another leader would only take the log from it. */
  | { readonly kind: "busy" }
  | { readonly kind: "silent" };
