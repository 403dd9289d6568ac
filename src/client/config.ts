import type { Caller } from "./caller.ts";
import type { Ending } from "./ending.ts";
import { SynodError } from "./error.ts";
import { View, type ViewOptions } from "./view.ts";

/** Configuration that is followed rather than asked for. */
export class Config {
  readonly #caller: Caller;
  readonly #defaults: Pick<ViewOptions, "snapshot" | "flagEngine">;
  readonly #end: Ending;

  /** `defaults`: of views that are opened without. */
  constructor(caller: Caller, defaults: Pick<ViewOptions, "snapshot" | "flagEngine">, end: Ending) {
    this.#caller = caller;
    this.#defaults = defaults;
    this.#end = end;
  }

  /** Throws `SynodError` when neither the service nor the snapshot store has an answer. */
  async view(prefix: string, options: ViewOptions = {}): Promise<View> {
    if (this.#end.isOver) throw new SynodError("closed", "this client is closed");
    const { snapshot = this.#defaults.snapshot, flagEngine = this.#defaults.flagEngine } = options;
    return View.open(this.#caller, prefix, { ...options, snapshot, flagEngine }, this.#end);
  }
}
