/** What one process remembers of namespaces, by their names. The one that was set longest ago is forgotten first. */
export class NamespaceCache<T> {
  readonly #max: number;
  readonly #known = new Map<string, T>();

  /** `max`: of how many namespaces. */
  constructor(max: number) {
    this.#max = max;
  }

  get(namespace: string): T | undefined {
    return this.#known.get(namespace);
  }

  set(namespace: string, value: T): void {
    this.#known.delete(namespace);
    this.#known.set(namespace, value);
    if (this.#known.size <= this.#max) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}
