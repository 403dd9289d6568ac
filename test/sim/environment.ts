import { Random } from "../random.ts";
import { Faults } from "./faults.ts";
import { Links } from "./links.ts";
import type { Plan } from "./plan.ts";
import { Scheduler } from "./scheduler.ts";
import { Tally } from "./tally.ts";
import { Trace } from "./trace.ts";

/** What every simulated machine stands in: virtual time, the wide area, faults, and the record of what happened. */
export class Environment {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly tally = new Tally();
  readonly links: Links;
  readonly faults: Faults;
  failure: unknown;
  #ids = 0;

  constructor({ seed, profile, crashes }: Plan, traceLines: number) {
    this.trace = new Trace(traceLines);
    this.random = new Random(seed, 1);
    this.scheduler = new Scheduler(this.random.fork());
    this.links = new Links(this.random.fork(), profile);
    this.faults = new Faults(this.random.fork(), crashes);
  }

  /** Unique, and in random order, as 128 random bits are. */
  freshId(random: Random): string {
    return `${random.word().toString(36)}-${++this.#ids}`;
  }

  /** The first failure ends the run. */
  failed(error: unknown): void {
    this.failure ??= error;
  }
}
