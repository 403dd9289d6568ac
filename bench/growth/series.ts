import { digits, median, quantile } from "../run/numbers.ts";
import { table } from "../run/report.ts";

/** How one figure of one operation goes with size. */
export interface Series {
  readonly operation: string;
  readonly points: readonly Point[];
}

export interface Point {
  readonly size: number;
  readonly p50: number;
  /** Absent where there is one figure only. */
  readonly p99?: number | undefined;
}

/** Collects figures size by size. */
export class Collected {
  readonly #series = new Map<string, Point[]>();

  add(operation: string, size: number, values: readonly number[]): void {
    const p99 = values.length > 1 ? quantile(values, 0.99) : undefined;
    const points = this.#series.get(operation) ?? [];
    points.push({ size, p50: median(values), p99 });
    this.#series.set(operation, points);
  }

  get series(): readonly Series[] {
    return [...this.#series].map(([operation, points]) => ({ operation, points }));
  }

  /** A line for each operation, a column for each size, and what the largest is to the smallest. */
  text(unit: string): string {
    const all = this.series;
    const sizes = [...new Set(all.flatMap(({ points }) => points.map(({ size }) => size)))];
    const rows = all.map(({ operation, points }) => {
      const cells = sizes.map((size) => {
        const point = points.find((one) => one.size === size);
        if (point === undefined) return "–";
        return point.p99 === undefined ? digits(point.p50) : `${digits(point.p50)} / ${digits(point.p99)}`;
      });
      const ratio = (points.at(-1)?.p50 ?? Number.NaN) / (points[0]?.p50 ?? Number.NaN);
      return [operation, ...cells, Number.isFinite(ratio) ? `${ratio.toFixed(2)} ×` : "–"];
    });
    return table([unit, ...sizes.map((size) => size.toLocaleString("en-US")), "largest to smallest"], rows);
  }
}
