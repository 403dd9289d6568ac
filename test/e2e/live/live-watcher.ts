import type { WatchConnection, WatchEvent } from "../../../src/checker/history.ts";
import type { Random } from "../../random.ts";
import { type Client, sleep } from "../client.ts";
import { type Transport, type Watcher, watch } from "../watcher.ts";

const PATIENCE_MS = 4_000;
const RETRY_MS = 200;

/** A watcher of a live run. It connects again where it was whenever it is cut off. */
export class LiveWatcher {
  readonly id: string;
  readonly #client: Client;
  readonly #transport: Transport;
  readonly #random: Random;
  readonly #finished: { readonly from: number; readonly watcher: Watcher }[] = [];
  #through = 0;
  #isOver = false;
  failures = 0;

  constructor(client: Client, transport: Transport, random: Random) {
    this.id = `${client.region} by ${transport}`;
    this.#client = client;
    this.#transport = transport;
    this.#random = random;
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      const from = this.#through + 1;
      const watcher = await watch(this.#client, this.#transport, { prefix: "", from }).catch(() => undefined);
      if (watcher === undefined) {
        this.failures++;
        await sleep(RETRY_MS);
        continue;
      }
      this.#finished.push({ from, watcher });
      // It goes away now and then, of its own accord.
      const staysMs = this.#random.next() * 2 * PATIENCE_MS;
      await watcher.until(({ isClosed }) => isClosed || this.#isOver, staysMs);
      watcher.close();
      await watcher.until(({ isClosed }) => isClosed);
      this.#through = Math.max(this.#through, watcher.through);
    }
  }

  /** Waits until everything up to `revision` was told; says whether it was, and ends. */
  async finish(revision: number, waitMs: number): Promise<boolean> {
    const deadline = performance.now() + waitMs;
    const last = (): number => Math.max(this.#through, this.#finished.at(-1)?.watcher.through ?? 0);
    while (last() < revision && performance.now() < deadline) await sleep(50);
    this.#isOver = true;
    this.#finished.at(-1)?.watcher.close();
    return last() >= revision;
  }

  get connections(): readonly WatchConnection[] {
    return this.#finished.map(({ from, watcher }) => ({
      from,
      events: watcher.seen.map(
        ({ at, key, revision, value }): WatchEvent => ({ at, key, revision, value: value ?? null }),
      ),
    }));
  }
}
