/**
 * The end of a client, told to what it opened. It is no `AbortController`, because in Workers one belongs to the request
 * that made it, and a client outlives requests.
 */
export class Ending {
  readonly #listeners = new Set<() => void>();
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Calls `listener` at the end, at once if it is over. Returns what takes it back. */
  on(listener: () => void): () => void {
    if (this.#isOver) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(): void {
    this.#isOver = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
