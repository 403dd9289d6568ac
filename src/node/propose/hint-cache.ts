import type { LogPosition } from "../rpc/log-position.ts";

const NAMESPACES_MAX = 1_000;

/** The hints of one process in one region. The one that was heard longest ago is forgotten first. */
export class HintCache {
  readonly #hints = new Map<string, LogPosition>();

  get(namespace: string): LogPosition | undefined {
    return this.#hints.get(namespace);
  }

  set(namespace: string, hint: LogPosition): void {
    this.#hints.delete(namespace);
    this.#hints.set(namespace, hint);
    if (this.#hints.size <= NAMESPACES_MAX) return;
    for (const oldest of this.#hints.keys()) {
      this.#hints.delete(oldest);
      return;
    }
  }
}
