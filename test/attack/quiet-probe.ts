/** A quiet namespace: one client that writes and reads a key of its own, and notes how long that takes. */
import { Client, sleep } from "../e2e/client.ts";

const PAUSE_MS = 20;

export class QuietProbe {
  readonly #client: Client;
  #timesMs: number[] = [];
  #isOver = false;
  readonly #running: Promise<void>;
  readonly failures: string[] = [];

  constructor(base: string) {
    this.#client = new Client(base, "quiet");
    this.#running = this.#run();
  }

  /** How often it measured since it was last asked what. */
  get count(): number {
    return this.#timesMs.length;
  }

  /** What was measured since it was last asked. */
  take(): readonly number[] {
    const times = this.#timesMs;
    this.#timesMs = [];
    return times;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let index = 0; !this.#isOver; index++) {
      const startedAt = performance.now();
      await this.#once(index);
      this.#timesMs.push(performance.now() - startedAt);
      await sleep(PAUSE_MS);
    }
  }

  async #once(index: number): Promise<void> {
    try {
      const written = await this.#client.put("key", `${index}`);
      const read = await this.#client.get("key");
      if (written.status > 201) this.failures.push(`${written.status} ${written.problem?.code}`);
      if (read.text !== `${index}`) this.failures.push(`${read.status} ${read.problem?.code}`);
    } catch (error) {
      this.failures.push(String(error));
    }
  }
}
