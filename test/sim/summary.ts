import type { Report } from "./run.ts";
import { RARE, Tally } from "./tally.ts";

/** What a number of seeds came to. */
export class Summary {
  readonly tally = new Tally();
  readonly #startedAt = performance.now();
  seeds = 0;
  operations = 0;
  events = 0;
  simulatedMs = 0;

  add(report: Report): void {
    this.seeds++;
    this.operations += report.operations;
    this.events += report.events;
    this.simulatedMs += report.simulatedMs;
    this.tally.addAll(report.sometimes);
  }

  /** Things that should have happened, and never did. */
  never(): readonly string[] {
    const missing = [...this.tally.counts].filter(([name, times]) => times === 0 && !RARE.includes(name));
    return missing.map(([name]) => name);
  }

  text(): string {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const hours = (this.simulatedMs / 3_600_000).toFixed(2);
    const head =
      `${this.seeds} seeds, ${this.operations} operations, ${hours} simulated hours, ` +
      `${this.events} events in ${seconds.toFixed(1)} s (${Math.round(this.events / seconds)}/s)`;
    const lines = [...this.tally.counts].map(([name, times]) => `${String(times).padStart(9)}  ${name}`);
    return [head, ...lines].join("\n");
  }
}
