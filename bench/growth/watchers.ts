import { Client, mustBeOk } from "../load/client.ts";
import { Watcher } from "../load/watcher.ts";
import { usage } from "../run/machine.ts";
import { progress, sleep } from "../run/main.ts";
import type { Server } from "../run/server.ts";
import type { Collected } from "./series.ts";

const NAMESPACE = "watched";
const WARM_UPS = 2;
const WRITES = 30;
const OPENERS = 16;
const HEARD_MS_MAX = 10_000;
/** So that one write's news is not the next one's burden. */
const PAUSE_MS = 20;

/** The watchers on the learner of one region, and who of them has heard of the last write. */
class Listeners {
  readonly #port: number;
  readonly #pathOf: (index: number) => string;
  readonly #watchers: Watcher[] = [];
  #asked = 0;
  #expected = 0;
  #heard = 0;
  #all: () => void = () => undefined;
  firstAt = 0;
  lastAt = 0;

  constructor(port: number, pathOf: (index: number) => string) {
    this.#port = port;
    this.#pathOf = pathOf;
  }

  get size(): number {
    return this.#watchers.length;
  }

  async growTo(size: number): Promise<void> {
    const opener = async (): Promise<void> => {
      while (this.#asked < size) {
        const path = `/v1/${NAMESPACE}/watch?${this.#pathOf(this.#asked++)}`;
        this.#watchers.push(await Watcher.open(this.#port, path, {}, () => this.#event()));
      }
    };
    await Promise.all(Array.from({ length: OPENERS }, opener));
  }

  /** Call it before the write; resolves when so many have heard of it. */
  heardBy(expected: number): Promise<void> {
    this.#heard = 0;
    this.#expected = expected;
    if (expected === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.#heard} of ${expected} watchers heard of a write`)),
        HEARD_MS_MAX,
      );
      this.#all = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #event(): void {
    this.lastAt = performance.now();
    if (this.#heard++ === 0) this.firstAt = this.lastAt;
    if (this.#heard === this.#expected) this.#all();
  }
}

/** More and more watchers, all of the key that is written. */
export function growListeners(
  server: Server,
  sizes: readonly number[],
  latency: Collected,
  memory: Collected,
): Promise<void> {
  return grow(server, sizes, latency, memory, true);
}

/** More and more watchers, each of a key of its own that nobody writes. */
export function growBystanders(
  server: Server,
  sizes: readonly number[],
  latency: Collected,
  memory: Collected,
): Promise<void> {
  return grow(server, sizes, latency, memory, false);
}

async function grow(
  server: Server,
  sizes: readonly number[],
  latency: Collected,
  memory: Collected,
  isHeard: boolean,
): Promise<void> {
  const client = new Client(server.port);
  mustBeOk(await client.put(NAMESPACE, "key", "first"));
  const listeners = new Listeners(server.port, (index) => (isHeard ? "key=key" : `key=other-${index}`));
  for (const size of sizes) {
    progress(`${size} watchers of ${isHeard ? "the key written" : "other keys"}`);
    const added = size - listeners.size;
    const openedAt = performance.now();
    await listeners.growTo(size);
    latency.add("opening a watch", size, [(performance.now() - openedAt) / added]);
    await measure(client, listeners, isHeard, latency);
    memory.add("MiB of the server", size, [usage([server.pid]).residentMiB]);
  }
  listeners.close();
  client.close();
}

async function measure(client: Client, listeners: Listeners, isHeard: boolean, latency: Collected): Promise<void> {
  const { size } = listeners;
  const writes: number[] = [];
  const lasts: number[] = [];
  const spans: number[] = [];
  for (let index = -WARM_UPS; index < WRITES; index++) {
    const all = listeners.heardBy(isHeard ? size : 0);
    const sentAt = performance.now();
    const { ms } = mustBeOk(await client.put(NAMESPACE, "key", `${size} ${index}`));
    await all;
    await sleep(PAUSE_MS);
    if (index < 0) continue;
    writes.push(ms);
    lasts.push(listeners.lastAt - sentAt);
    spans.push(listeners.lastAt - listeners.firstAt);
  }
  latency.add("write", size, writes);
  if (!isHeard) return;
  latency.add("from sending the write to the last event", size, lasts);
  latency.add("from the first event to the last", size, spans);
}
