/** Wakes those who wait for a change. */
export class Signal {
  readonly #waiting = new Set<() => void>();

  wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Until the next `wake`, or until `ms` have passed. */
  wait(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = ms === undefined ? null : setTimeout(done, ms);
      this.#waiting.add(done);
    });
  }
}
