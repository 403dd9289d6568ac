/**
 * What is usual for one client: its errors in the windows of the last ten minutes. A window counts as bad when it has more
 * errors than the median of these: any error, for most clients; clients with much traffic, some of which always fails,
 * count like others.
 */

/** The window in which counters are counted and reported. */
export const WINDOW_MS = 10_000;
/** Ten minutes. */
const WINDOWS = 60;
const PERCENTILE = 0.5;
/** With fewer windows nothing is usual yet. */
const WINDOWS_MIN = 6;

export class Baseline {
  readonly #errors: number[] = [];

  /** The errors of one more window without a release. */
  add(errors: number): void {
    this.#errors.push(errors);
    if (this.#errors.length > WINDOWS) this.#errors.shift();
  }

  /** A window with more errors is bad. */
  get threshold(): number {
    if (this.#errors.length < WINDOWS_MIN) return 0;
    const sorted = this.#errors.toSorted((a, b) => a - b);
    return sorted[Math.ceil(PERCENTILE * sorted.length) - 1] ?? 0;
  }

  /** Windows that were kept, and how many of them were bad by the threshold. */
  get counts(): { readonly units: number; readonly bad: number } {
    const { threshold } = this;
    return { units: this.#errors.length, bad: this.#errors.filter((errors) => errors > threshold).length };
  }

  get isKnown(): boolean {
    return this.#errors.length >= WINDOWS_MIN;
  }
}
