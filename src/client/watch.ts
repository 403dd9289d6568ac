import type { ReleaseNews, WatchFrame } from "../api/watch-frame.ts";
import type { Caller } from "./caller.ts";
import { SynodError } from "./error.ts";
import { eventStreamFrames } from "./event-stream.ts";
import type { Key } from "./key.ts";
import { listFrom } from "./list.ts";
import { backoffMs, pause } from "./retry.ts";
import type { As } from "./value.ts";
import { type Batch, eventBatches } from "./watch-batch.ts";

/**
 * `connecting`: not yet, or not any more; it tries again for ever. `live`: everything that was committed before the
 * connection was made has been told. `stale`: connected, but nothing was heard for two progress notices. `closed`: the end.
 */
export type WatchState = "connecting" | "live" | "stale" | "closed";

export type WatchSelector = { readonly key: Key } | { readonly prefix: Key };

export interface WatchOptions<T = unknown> {
  /** The first revision to tell of; what comes after now, when absent. */
  readonly from?: number | undefined;
  readonly as?: As<T> | undefined;
  /** With each change, the key as it was before. */
  readonly prev?: boolean | undefined;
  readonly filter?: "noput" | "nodelete" | undefined;
  /** Tell of every transition of a release too, in one order with the keys. */
  readonly releases?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The server tells of progress, or that it cannot, every ten seconds. */
const STALE_MS = 25_000;
/** The server says something every fifteen seconds. */
const SILENCE_MS = 40_000;

/**
 * A watch that lasts: it connects again after every break, from the revision after the last that was told, so that it
 * has no gap, no repeat and no reorder. Read it with `for await`; what is not read yet is not asked for either.
 */
export class Watch<T = unknown> implements AsyncIterable<Batch<T>> {
  readonly #caller: Caller;
  readonly #selector: WatchSelector;
  readonly #options: WatchOptions<T>;
  readonly #end = new AbortController();
  readonly #listeners = new Set<(state: WatchState) => void>();
  #state: WatchState = "connecting";
  #next: number | undefined;
  #cancelStale: () => void = () => {};
  /** The revision that the connection began at: with it told, the watch is live. */
  #target = Number.POSITIVE_INFINITY;

  constructor(caller: Caller, selector: WatchSelector, options: WatchOptions<T> = {}) {
    this.#caller = caller;
    this.#selector = selector;
    this.#options = options;
    this.#next = options.from;
    if (options.signal?.aborted === true) this.close();
    options.signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  get state(): WatchState {
    return this.#state;
  }

  /** Hears of each new state. Returns what stops it. */
  on(_event: "state", listener: (state: WatchState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#end.abort();
    this.#become("closed");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch<T>, void, undefined> {
    try {
      for (let attempt = 0; !this.#isClosed(); attempt++) {
        try {
          for await (const batch of this.#connection()) {
            attempt = 0;
            yield batch;
          }
        } catch (error) {
          if (this.#isClosed()) return;
          if (isFinal(error)) throw error;
        }
        this.#become("connecting");
        await pause(backoffMs(attempt), this.#end.signal);
      }
    } finally {
      this.close();
    }
  }

  /** One connection, until it breaks. */
  async *#connection(): AsyncGenerator<Batch<T>, void, undefined> {
    const response = await this.#open();
    if (response === undefined) return yield this.#reset();
    let parts: Extract<WatchFrame, { readonly type: "events" }>["events"] = [];
    let news: readonly ReleaseNews[] = [];
    for await (const frame of eventStreamFrames(response, SILENCE_MS)) {
      if (this.#isClosed()) return;
      if (frame.type === "stale") {
        // The learner cannot tell any more that nothing was missed.
        this.#become("stale");
        continue;
      }
      this.#heard();
      if (frame.type === "cancelled" && frame.code === "compacted") return yield this.#reset();
      if (frame.type === "cancelled") return;
      if (frame.type === "created") this.#created(frame);
      if (frame.type === "progress") {
        yield this.#told({ kind: "progress", revision: frame.revision, lagMs: frame.lag_ms });
      }
      if (frame.type !== "events") continue;
      parts = [...parts, ...frame.events];
      news = [...news, ...(frame.releases ?? [])];
      if ("more" in frame && frame.more === true) continue;
      for (const batch of await eventBatches(parts, this.#options.as, news)) yield this.#told(batch);
      [parts, news] = [[], []];
    }
  }

  /** The stream's body; undefined when the watch would begin at a revision that is compacted away. */
  async #open(): Promise<ReadableStream<Uint8Array> | undefined> {
    const { prev, filter, releases } = this.#options;
    try {
      const response = await this.#caller.open({
        path: "/watch",
        query: {
          ...this.#selector,
          from: this.#next === undefined ? undefined : `${this.#next}`,
          prev_kv: prev === true ? "true" : undefined,
          filter,
          releases: releases === true ? "true" : undefined,
          progress: "true",
        },
        headers: { accept: "text/event-stream" },
        signal: this.#end.signal,
      });
      if (response.body === null) throw new SynodError("invalid-answer", "a watch without a body");
      return response.body;
    } catch (error) {
      if (error instanceof SynodError && error.code === "compacted") return undefined;
      throw error;
    }
  }

  #created({ revision, from }: Extract<WatchFrame, { readonly type: "created" }>): void {
    this.#next ??= from;
    this.#target = revision;
    if (this.#next > revision) this.#become("live");
  }

  /** Everything up to the batch's revision is told: a connection after a break goes on from there. */
  #told(batch: Batch<T>): Batch<T> {
    this.#next = batch.revision + 1;
    this.#caller.session.saw(batch.revision);
    if (batch.revision >= this.#target) this.#become("live");
    return batch;
  }

  async #reset(): Promise<Batch<T>> {
    const { revision, entries } = await listFrom<T>(this.#caller, this.#selector, this.#options.as, this.#end.signal);
    return this.#told({ kind: "reset", revision, compacted: this.#next ?? revision, entries });
  }

  #heard(): void {
    this.#cancelStale();
    if (this.#state === "stale") this.#become("live");
    const timer = setTimeout(() => {
      if (this.#state === "live") this.#become("stale");
    }, STALE_MS);
    this.#cancelStale = () => clearTimeout(timer);
  }

  #become(state: WatchState): void {
    if (state !== "live" && state !== "stale") this.#cancelStale();
    if (state === this.#state || this.#state === "closed") return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  #isClosed(): boolean {
    return this.#end.signal.aborted;
  }
}

/** What no further try can change. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof SynodError)) return false;
  const status = error.problem?.status ?? 0;
  return error.code === "invalid-value" || (status >= 400 && status < 500 && status !== 429);
}
