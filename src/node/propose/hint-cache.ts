import type { Slot } from "../../core/log.ts";
import type { Region } from "../../network/region.ts";
import type { Hint } from "../rpc/call.ts";

/** Where a namespace's log was last seen from here. Safe to be wrong: a wrong hint costs a round. */
export interface LogHint extends Hint {
  readonly appliedUpTo: Slot;
  readonly nextSlot: Slot;
  /** Who is to be asked to lead, best first, as a learner said. */
  readonly placement?: readonly Region[] | undefined;
  /** When it was heard, by this machine's clock. */
  readonly heardAt: number;
}

const NAMESPACES_MAX = 1_000;

/** The hints of one process in one region. The one that was heard longest ago is forgotten first. */
export class HintCache {
  readonly #hints = new Map<string, LogHint>();

  get(namespace: string): LogHint | undefined {
    return this.#hints.get(namespace);
  }

  set(namespace: string, hint: LogHint): void {
    this.#hints.delete(namespace);
    this.#hints.set(namespace, hint);
    if (this.#hints.size <= NAMESPACES_MAX) return;
    for (const oldest of this.#hints.keys()) {
      this.#hints.delete(oldest);
      return;
    }
  }
}
