import type { HistogramValue, MetricValue } from "../../api/exposition.ts";
import { COUNTED, type CountedName } from "./catalogue.ts";

/** The values of one kind, by the values of its labels. Plain data, for messages. */
export interface Reading {
  readonly of: CountedName;
  readonly labels: readonly string[];
  readonly value: MetricValue;
}

interface Tally {
  readonly labels: readonly string[];
  count: number;
  readonly counts: number[];
}

/** A label's value that comes from outside of the closed lists must not make series without end. */
const SERIES_MAX = 256;

/** Counts what one part does, in memory. Cheap enough for every step of every request. */
export class Meter {
  readonly #tallies = new Map<CountedName, Map<string, Tally>>();

  add(of: CountedName, amount = 1, ...labels: readonly string[]): void {
    const tally = this.#tally(of, labels);
    if (tally !== undefined) tally.count += amount;
  }

  /** An observation of a histogram. */
  observe(of: CountedName, value: number, ...labels: readonly string[]): void {
    const tally = this.#tally(of, labels);
    if (tally === undefined) return;
    const bounds = boundsOf(of);
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    tally.counts[bucket] = (tally.counts[bucket] ?? 0) + 1;
    tally.count += value;
  }

  get readings(): readonly Reading[] {
    return [...this.#tallies].flatMap(([of, tallies]) =>
      [...tallies.values()].map(({ labels, count, counts }) => ({ of, labels, value: valueOf(of, count, counts) })),
    );
  }

  #tally(of: CountedName, labels: readonly string[]): Tally | undefined {
    let tallies = this.#tallies.get(of);
    if (tallies === undefined) {
      tallies = new Map();
      this.#tallies.set(of, tallies);
    }
    const name = labels.length === 1 ? (labels[0] ?? "") : labels.join("\n");
    let tally = tallies.get(name);
    if (tally === undefined && tallies.size < SERIES_MAX) {
      tally = { labels, count: 0, counts: Array<number>(boundsOf(of).length + 1).fill(0) };
      tallies.set(name, tally);
    }
    return tally;
  }
}

function boundsOf(of: CountedName): readonly number[] {
  const kind = COUNTED[of];
  return "bounds" in kind ? (kind.bounds ?? []) : [];
}

function valueOf(of: CountedName, sum: number, counts: readonly number[]): number | HistogramValue {
  return COUNTED[of].type === "histogram" ? { counts: [...counts], sum } : sum;
}
