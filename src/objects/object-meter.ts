import { Meter } from "../node/metrics/meter.ts";

/** Counts what the platform bills an object for, beside what its part counts of its own work. */
export class ObjectMeter extends Meter {
  readonly #role: string;
  readonly #storage: DurableObjectStorage;

  constructor(role: "acceptor" | "learner", storage: DurableObjectStorage) {
    super();
    this.#role = role;
    this.#storage = storage;
  }

  /** A call came, or an alarm went off: each is billed as a request. */
  asked(): void {
    this.add("objectRequests", 1, this.#role);
  }

  /** Rows were written. An alarm that is set is billed as one. */
  wrote(rows: number): void {
    this.add("rowsWritten", rows, this.#role);
  }

  /** All that it counted, as an acceptor tells it. */
  get report() {
    return { readings: this.readings, storedBytes: this.storedBytes() };
  }

  /** Bytes stored. */
  readonly storedBytes = (): number => this.#storage.sql.databaseSize;
}
