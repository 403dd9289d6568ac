import type { FlagContext } from "../flags/resolution.ts";
import type { Caller } from "./caller.ts";
import type { Ending } from "./ending.ts";
import type { Entry } from "./entry.ts";
import { SynodError } from "./error.ts";
import type { FlagEngine } from "./flag-engine.ts";
import { Fuse } from "./fuse.ts";
import { listFrom } from "./list.ts";
import type { HeldRelease } from "./overlays.ts";
import { ReleaseSource } from "./release-source.ts";
import { backoffMs, pause } from "./retry.ts";
import type { SnapshotStore } from "./snapshot/store.ts";
import { type Pinned, ViewState } from "./view-state.ts";
import { Watch } from "./watch.ts";
import type { Batch } from "./watch-batch.ts";

type EventBatch = Extract<Batch<Uint8Array>, { readonly kind: "events" }>;

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
  /** Who this view is read for where `at` is told nobody: releases expose it or not. A random one when absent. */
  readonly target?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const SAVE_PAUSE_MS = 1_000;
/** Tries of one reading, while compaction overtakes it. */
const READS_MAX = 3;
/** A reading is shared for so long. */
const SHARED_MS = 15_000;

/**
 * All keys that begin with a prefix, here, at one revision after the other, with what releases make of them for whoever
 * they are read for. Make it with `config.view`.
 */
export class View {
  readonly #caller: Caller;
  readonly #prefix: string;
  readonly #options: ViewOptions;
  readonly #state = new ViewState();
  readonly #releases: ReleaseSource;
  readonly #target: string;
  /** Of what goes on by itself. What a request has read, in a Worker, must hold nothing of another request. */
  readonly #end: AbortController | undefined;
  readonly #forget: () => void;
  readonly #listeners = new Set<(pinned: Pinned) => void>();
  readonly #stateListeners = new Set<(state: ViewStateName) => void>();
  #name: ViewStateName = "snapshot";
  #freshAt = 0;
  #reading: { readonly work: Promise<void>; readonly startedAt: number } | undefined;
  #isSaving = false;
  /** Where the service says that this client is. */
  #region: string | undefined;
  readonly #fuse = new Fuse({
    shown: () => this.#state.overlays.shown,
    quietMs: () => this.ageMs,
    changed: () => this.#changed(),
  });

  private constructor(caller: Caller, prefix: string, options: ViewOptions, end: Ending) {
    this.#caller = caller;
    this.#prefix = prefix;
    this.#options = options;
    this.#releases = new ReleaseSource(caller, prefix);
    this.#target = options.target ?? crypto.randomUUID();
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

  /**
   * Everything at one revision, for as long as a request lasts. `context`: for whom flags are evaluated, and releases are
   * shown or not (its `targetingKey`).
   */
  at(context?: FlagContext): Pinned {
    const { maxAgeMs, waitUntil } = this.#options;
    if (maxAgeMs !== undefined && this.ageMs > maxAgeMs) {
      const work = this.#read().catch(() => {});
      waitUntil?.(work);
    }
    return this.#pin(context);
  }

  #pin(context?: FlagContext): Pinned {
    const here = { key: this.#target, region: this.#region };
    return this.#state.pin({ context, flagEngine: this.#options.flagEngine, here, quietMs: this.ageMs });
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
    this.#fuse.cancel();
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
    for (let tries = 1; ; tries++) {
      try {
        return await this.#readOnce(startedAt);
      } catch (error) {
        // The revision that the list was read at is gone already.
        if (tries === READS_MAX || !(error instanceof SynodError && error.code === "compacted")) throw error;
      }
    }
  }

  async #readOnce(startedAt: number): Promise<void> {
    const signal = this.#end?.signal;
    const { revision, entries } = await listFrom<Uint8Array>(this.#caller, { prefix: this.#prefix }, "bytes", signal);
    // Keys and releases of one revision.
    const [all, { region, held }] = await Promise.all([
      Array.fromAsync(entries),
      this.#releases.at(revision, (id) => this.#state.overlays.find(id), signal),
    ]);
    this.#region = region;
    this.#replace(revision, all, held);
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
    const options = { from: this.revision + 1, as: "bytes", releases: true, signal } as const;
    const watch = new Watch<Uint8Array>(this.#caller, { prefix: this.#prefix }, options);
    watch.on("state", (state) => {
      this.#become(state === "live" ? "live" : "stale");
      // Connected again, it is not known yet whether the learner has missed something: a quorum knows.
      if (state === "live" && this.#fuse.isBurnt) this.#read().catch(() => {});
    });
    for await (const batch of watch) {
      const heardAt = Date.now();
      if (batch.kind === "reset") await this.#readUntil(batch.revision, signal);
      else if (batch.kind === "progress") this.#state.reached(batch.revision);
      else await this.#apply(batch, signal);
      this.#fresh(heardAt - (batch.kind === "progress" ? (batch.lagMs ?? 0) : 0));
    }
  }

  /** Reads it anew until it is as new as `revision`. */
  async #readUntil(revision: number, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; this.revision < revision && !signal.aborted; attempt++) {
      if (attempt > 0) await pause(backoffMs(attempt), signal);
      await this.#readNow(Date.now()).catch(() => {});
    }
  }

  /** A revision whose keys and releases are all here, unless a reading overtook it: what is shown never goes back. */
  async #apply({ revision, events, releases = [] }: EventBatch, signal: AbortSignal): Promise<void> {
    const held = await this.#releases.changed(releases, (id) => this.#state.overlays.find(id), signal);
    if (revision <= this.revision) return;
    this.#state.apply(revision, events, held);
    if (events.length > 0 || held.length > 0) this.#changed();
  }

  #replace(revision: number, entries: readonly Entry<Uint8Array>[], held: readonly HeldRelease[]): void {
    // An answer that was overtaken is not gone back to.
    if (revision < this.revision) return;
    const isNew = revision > this.revision;
    this.#state.replace(revision, entries, held);
    if (isNew) this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener(this.#pin());
    this.#save();
  }

  #fresh(at: number): void {
    this.#freshAt = Math.max(this.#freshAt, at);
    this.#become("live");
    if (this.#end?.signal.aborted === false) this.#fuse.look();
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
