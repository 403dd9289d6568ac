import type { Alarm } from "../../src/node/alarms.ts";
import type { Tally } from "./tally.ts";
import { demand } from "./violation.ts";

/** An alarm is raised when a state was corrupted, and never otherwise. */
export class AlarmOracle {
  readonly #tally: Tally;
  #expected = 0;
  #raised = 0;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** Something is broken from now on that has to be noticed. */
  expect(): void {
    this.#expected++;
  }

  raised(by: string, { kind, detail }: Alarm): void {
    demand(this.#expected > 0, () => `${by} raises an alarm although nothing is broken: ${kind}, ${detail}`);
    this.#raised++;
    this.#tally.add("alarm raised");
  }

  /** Whether whatever is broken was told of. */
  get isDone(): boolean {
    return this.#expected === 0 || this.#raised > 0;
  }
}
