import type { Entry } from "../../core/log.ts";
import type { Command } from "../../state/command.ts";

/** An entry in the process that encoded it, and the commands that it was made of. */
export interface OwnEntry {
  readonly entry: Entry;
  readonly commands: readonly Command[];
}
