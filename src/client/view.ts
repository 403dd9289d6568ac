import type { FlagContext } from "../flags/resolution.ts";
import type { Caller } from "./caller.ts";
import type { Ending } from "./ending.ts";
import type { Entry } from "./entry.ts";
import { SynodError } from "./error.ts";
import type { FlagEngine } from "./flag-engine.ts";
import { listFrom } from "./list.ts";
import { pause } from "./retry.ts";
import type { SnapshotStore } from "./snapshot/store.ts";
import { type Pinned, ViewState } from "./view-state.ts";
import { Watch } from "./watch.ts";

/**
 * `snapshot`: what an earlier run saved, while the service cannot be reached. `live`: as new as can be told. `stale`:
 * it was live, and nothing was heard for too long.
 */
export type ViewStateName = "snapshot" | "live" | "stale" | "closed";

export interface ViewOptions {
  /**
   * Without it, the view follows a watch. With it, for places that hold no connection such as a Worker's isolate, the
   * view is read anew when it is used and older than so many milliseconds; what is there serves meanwhile.
   */
  readonly maxAgeMs?: number | undefined;
  /** Keeps the work of reading anew alive after the answer: `ctx.waitUntil`. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  readonly snapshot?: SnapshotStore | undefined;
  /** What evaluates flags; the client's own when absent. */
  readonly flagEngine?: FlagEngine | undefined;
  readonly signal?: AbortSignal | undefined;
}

const SAVE_PAUSE_MS = 1_000;
/** A reading is shared for so long. */
const SHARED_MS = 15_000;

/** All keys that begin with a prefix, here, at one revision after the other. Make it with `config.view`. */
export class View {
  readonly #caller: Caller;
  readonly #prefix: string;
  readonly #options: ViewOptions;
  readonly #state = new ViewState();
  /** Of what goes on by itself. What a request has read, in a Worker, must hold nothing of another request. */
  readonly #end: AbortController | undefined;
  readonly #forget: () => void;
  readonly #listeners = new Set<(pinned: Pinned) => void>();
  readonly #stateListeners = new Set<(state: ViewStateName) => void>();
  #name: ViewStateName = "snapshot";
  #freshAt = 0;
  #reading: { readonly work: Promise<void>; readonly startedAt: number } | undefined;
  #isSaving = false;

  private constructor(caller: Caller, prefix: string, options: ViewOptions, end: Ending) {
    this.#caller = caller;
    this.#prefix = prefix;
    this.#options = options;
    this.#end = options.maxAgeMs === undefined ? new AbortController() : undefined;
    options.signal?.addEventListener("abort", () => this.close(), { once: true });
    this.#forget = end.on(() => this.close());
  }

  /** Ready as soon as the service or the snapshot store has answered with something. */
  static async open(caller: Caller, prefix: string, options: ViewOptions, end: Ending): Promise<View> {
    const view = new View(caller, prefix, options, end);
    const network = view.#read().then(() => true);
    const stored = view.#load();
    const isReady = await Promise.any([network, stored.then((found) => (found ? true : network))]).catch(() => false);
    if (!isReady) {
      view.close();
      await network;
    }
    // Where the snapshot came first, the service may answer yet.
    network.catch(() => {});
    // Refused for good, say for want of a token: what is here stays, and is not followed any more.
    if (view.#end !== undefined) view.#follow(network, view.#end.signal).catch(() => view.close());
    return view;
  }

  get revision(): number {
    return this.#state.revision;
  }

  get state(): ViewStateName {
    return this.#name;
  }

  /** Milliseconds since it was known to be as new as could be told. */
  get ageMs(): number {
    return Math.max(0, Date.now() - this.#freshAt);
  }

  /** Everything at one revision, for as long as a request lasts. `context`: for whom flags are evaluated. */
  at(context?: FlagContext): Pinned {
    const { maxAgeMs, waitUntil, flagEngine } = this.#options;
    if (maxAgeMs !== undefined && this.ageMs > maxAgeMs) {
      const work = this.#read().catch(() => {});
      waitUntil?.(work);
    }
    return this.#state.pin({ context, flagEngine });
  }

  /** Reads it anew now. */
  revalidate(): Promise<void> {
    return this.#read();
  }

  /** Hears of each new revision that changed something. Returns what stops it. */
  onChange(listener: (pinned: Pinned) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hears of each new state. Returns what stops it. */
  onState(listener: (state: ViewStateName) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  close(): void {
    this.#end?.abort();
    this.#forget();
    this.#become("closed");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Many who ask at once share one reading; but one that a Worker's request began may have ended with it, unfinished. */
  #read(): Promise<void> {
    const startedAt = Date.now();
    if (this.#reading !== undefined && startedAt - this.#reading.startedAt < SHARED_MS) return this.#reading.work;
    const work = this.#readNow(startedAt).finally(() => {
      if (this.#reading?.work === work) this.#reading = undefined;
    });
    this.#reading = { work, startedAt };
    return work;
  }

  async #readNow(startedAt: number): Promise<void> {
    const signal = this.#end?.signal;
    const { revision, entries } = await listFrom<Uint8Array>(this.#caller, { prefix: this.#prefix }, "bytes", signal);
    this.#replace(revision, await Array.fromAsync(entries));
    this.#fresh(startedAt);
  }

  async #load(): Promise<boolean> {
    const text = await this.#options.snapshot?.load(this.#prefix).catch(() => null);
    if (text === undefined || text === null || this.#name !== "snapshot" || this.#freshAt > 0) return false;
    const savedAt = await this.#state.fromText(text);
    if (savedAt === undefined) return false;
    this.#freshAt = savedAt;
    return true;
  }

  /** After the first answer, whatever else changes. */
  async #follow(network: Promise<unknown>, signal: AbortSignal): Promise<void> {
    while (
      !(await network.then(
        () => true,
        () => false,
      )) &&
      !signal.aborted
    ) {
      network = this.#read();
      await pause(SAVE_PAUSE_MS, signal);
    }
    const options = { from: this.revision + 1, as: "bytes", signal } as const;
    const watch = new Watch<Uint8Array>(this.#caller, { prefix: this.#prefix }, options);
    watch.on("state", (state) => {
      this.#become(state === "live" ? "live" : "stale");
    });
    for await (const batch of watch) {
      if (batch.kind === "reset") this.#replace(batch.revision, await Array.fromAsync(batch.entries));
      else if (batch.kind === "progress") this.#state.reached(batch.revision);
      else this.#apply(batch.revision, batch.events);
      this.#fresh(Date.now());
    }
  }

  #apply(revision: number, events: Parameters<ViewState["apply"]>[1]): void {
    this.#state.apply(revision, events);
    this.#changed();
  }

  #replace(revision: number, entries: readonly Entry<Uint8Array>[]): void {
    // An answer that was overtaken is not gone back to.
    if (revision < this.revision) return;
    const isNew = revision > this.revision;
    this.#state.replace(revision, entries);
    if (isNew) this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener(this.#state.pin({ flagEngine: this.#options.flagEngine }));
    this.#save();
  }

  #fresh(at: number): void {
    this.#freshAt = Math.max(this.#freshAt, at);
    this.#become("live");
  }

  #become(name: ViewStateName): void {
    if (name === this.#name || this.#name === "closed") return;
    this.#name = name;
    for (const listener of this.#stateListeners) listener(name);
  }

  /** What changes meanwhile goes with the next one. */
  #save(): void {
    const { snapshot, waitUntil } = this.#options;
    if (snapshot === undefined || this.#isSaving) return;
    this.#isSaving = true;
    const work = pause(SAVE_PAUSE_MS, this.#end?.signal)
      .then(() => {
        this.#isSaving = false;
        return snapshot.save(this.#prefix, this.#state.toText());
      })
      // A snapshot that cannot be saved is one that is older at the next start.
      .catch(() => {});
    waitUntil?.(work);
  }
}

/** Configuration that is followed rather than asked for. */
export class Config {
  readonly #caller: Caller;
  readonly #defaults: Pick<ViewOptions, "snapshot" | "flagEngine">;
  readonly #end: Ending;

  /** `defaults`: of views that are opened without. */
  constructor(caller: Caller, defaults: Pick<ViewOptions, "snapshot" | "flagEngine">, end: Ending) {
    this.#caller = caller;
    this.#defaults = defaults;
    this.#end = end;
  }

  /** Throws `SynodError` when neither the service nor the snapshot store has an answer. */
  async view(prefix: string, options: ViewOptions = {}): Promise<View> {
    if (this.#end.isOver) throw new SynodError("closed", "this client is closed");
    const { snapshot = this.#defaults.snapshot, flagEngine = this.#defaults.flagEngine } = options;
    return View.open(this.#caller, prefix, { ...options, snapshot, flagEngine }, this.#end);
  }
}
