import type { Watch, WatchConnection, WatchEvent } from "../../src/checker/history.ts";

/** What keys of registers begin with. */
const REGISTERS = "k";

/**
 * A watcher's story as the black-box checker takes it: of registers only, since a write to a counter is no put to it;
 * and as a watch of its own from every point where it began anew, since it may leave a gap there.
 */
export class WatchRecord {
  readonly #name: string;
  readonly #prefix: string | undefined;
  readonly #ended: Watch[] = [];
  #connections: { from: number; events: WatchEvent[] }[] = [];

  constructor(name: string, prefix: string | undefined) {
    this.#name = name;
    this.#prefix = prefix;
  }

  connected(from: number): void {
    this.#connections.push({ from, events: [] });
  }

  event(event: WatchEvent): void {
    if (event.key.startsWith(REGISTERS)) this.#connections.at(-1)?.events.push(event);
  }

  /** It was told of everything up to `through`, and begins anew. */
  end(through: number): void {
    if (this.#connections.length > 0) this.#ended.push(this.#watch(this.#connections, through));
    this.#connections = [];
  }

  watches(through: number): readonly Watch[] {
    if (this.#prefix === undefined) return [];
    return [...this.#ended, this.#watch(this.#connections, through)];
  }

  #watch(connections: readonly WatchConnection[], through: number): Watch {
    const target = { kind: "prefix", prefix: this.#prefix ?? REGISTERS } as const;
    return { id: `${this.#name}.${this.#ended.length}`, target, connections, through };
  }
}
