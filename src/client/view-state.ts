import { base64Encode } from "../api/base64.ts";
import { FLAG_SET_DEFAULT, flagSetKey } from "../api/flag-set-name.ts";
import type { KeyValueJson } from "../api/readable.ts";
import type { FlagContext, Resolution } from "../flags/resolution.ts";
import { type Entry, entryFrom } from "./entry.ts";
import type { FlagEngine } from "./flag-engine.ts";
import { isTrusted } from "./fuse.ts";
import { type HeldRelease, type Overlaid, Overlays, overlaid, targetFrom } from "./overlays.ts";
import { type As, type ValueOf, valueDecodeNow } from "./value.ts";
import type { WatchEvent } from "./watch-batch.ts";

type Stored = Entry<Uint8Array>;

/**
 * All keys of a view at one revision, as one target sees them: with the values of the releases that it is exposed to, each
 * whole or not at all. It never changes: the next revision is another one.
 */
export class Pinned {
  /** The revision of the store that everything here is of. */
  readonly revision: number;
  readonly #entries: ReadonlyMap<string, Stored>;
  readonly #about: PinnedAbout;
  readonly #overlaid: Overlaid;

  constructor(
    revision: number,
    entries: ReadonlyMap<string, Stored>,
    about: PinnedAbout,
    shown: readonly HeldRelease[],
  ) {
    this.revision = revision;
    this.#entries = entries;
    this.#about = about;
    const { context, here, quietMs } = about;
    const trusted = shown.filter((held) => isTrusted(held, quietMs));
    this.#overlaid = trusted.length === 0 ? NOTHING : overlaid(trusted, targetFrom(context, here));
  }

  /** The value, decoded as its content type or `as` says; undefined when there is no such key. */
  get<T = unknown, A extends As<T> | undefined = undefined>(key: string, as?: A): ValueOf<T, A> | undefined {
    const entry = this.entry(key);
    if (entry === undefined) return undefined;
    return valueDecodeNow(entry.value, entry.contentType, as) as ValueOf<T, A>;
  }

  /** A value that a release shows has the revision that the key has without it, and version 0. */
  entry(key: string): Stored | undefined {
    const staged = this.#overlaid.get(key);
    return staged === undefined ? this.#entries.get(key) : (staged.entry ?? undefined);
  }

  /** The release that shows this key's value, or takes the key away; undefined where the key is as it stands. */
  releaseOf(key: string): string | undefined {
    return this.#overlaid.get(key)?.release;
  }

  *keys(): Iterable<string> {
    for (const key of this.#entries.keys()) if (this.#overlaid.get(key)?.entry !== null) yield key;
    for (const [key, { entry }] of this.#overlaid) if (entry !== null && !this.#entries.has(key)) yield key;
  }

  /**
   * What a flag of a set comes to here, for the context that `at` was given: of `fallback`'s type, which it is where there
   * is no other value. It takes a client that was given a `flagEngine`, and a view in which the set is.
   */
  flag<T>(key: string, fallback: T, set = FLAG_SET_DEFAULT): Resolution<T> & { readonly value: T } {
    const { context = {}, flagEngine } = this.#about;
    if (flagEngine === undefined) throw new TypeError("pass flagEngine, which synod/flags exports, to createSynod");
    return flagEngine.evaluate({ set, entry: this.entry(flagSetKey(set)) }, key, fallback, context);
  }
}

/** For whom a view is read, and what evaluates flags for them. */
export interface PinnedAbout {
  readonly context?: FlagContext | undefined;
  readonly flagEngine?: FlagEngine | undefined;
  /** The target where the context names none, and the region that this client is in. */
  readonly here: { readonly key: string; readonly region?: string | undefined };
  /** Milliseconds since the view was known to be as new as could be told. */
  readonly quietMs: number;
}

const NOTHING: Overlaid = new Map();

/** The keys of a view as they change. What was handed out is left alone: a change after that works on a copy. */
export class ViewState {
  #revision = 0;
  #entries = new Map<string, Stored>();
  #isShared = false;
  readonly overlays = new Overlays();

  get revision(): number {
    return this.#revision;
  }

  pin(about: PinnedAbout): Pinned {
    this.#isShared = true;
    return new Pinned(this.#revision, this.#entries, about, this.overlays.shown);
  }

  replace(revision: number, entries: Iterable<Stored>, releases: readonly HeldRelease[]): void {
    this.overlays.replace(releases);
    this.#revision = revision;
    this.#entries = new Map([...entries].map((entry) => [entry.key, entry]));
    this.#isShared = false;
  }

  /** One whole revision. */
  apply(revision: number, events: readonly WatchEvent<Uint8Array>[], releases: readonly HeldRelease[]): void {
    this.overlays.apply(releases);
    if (this.#isShared) this.#entries = new Map(this.#entries);
    this.#isShared = false;
    for (const event of events) {
      if (event.type === "delete") this.#entries.delete(event.key);
      else this.#entries.set(event.key, event);
    }
    this.#revision = revision;
  }

  /** Everything up to `revision` is here. */
  reached(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  toText(): string {
    return JSON.stringify({
      format: SNAPSHOT_FORMAT,
      revision: this.#revision,
      savedAt: Date.now(),
      entries: [...this.#entries.values()].map(entryToJson),
    });
  }

  /** When it was saved, in milliseconds of the clock that saved it; undefined when it is no snapshot of ours. */
  async fromText(text: string): Promise<number | undefined> {
    const saved = parsed(text);
    if (saved === undefined) return undefined;
    // What releases show is a lease of the service's: it is not saved.
    const entries = await Promise.all(saved.entries.map((json) => entryFrom<Uint8Array>(json, "bytes")));
    this.replace(saved.revision, entries, []);
    return saved.savedAt;
  }
}

const SNAPSHOT_FORMAT = 1;

interface Saved {
  readonly format: number;
  readonly revision: number;
  readonly savedAt: number;
  readonly entries: readonly KeyValueJson[];
}

function parsed(text: string): Saved | undefined {
  try {
    const saved = JSON.parse(text) as Saved;
    return saved.format === SNAPSHOT_FORMAT && Array.isArray(saved.entries) ? saved : undefined;
  } catch {
    return undefined;
  }
}

function entryToJson(stored: Stored): KeyValueJson {
  const { keyBytes, value, contentType, revision, version, createRevision, lease, actor, time } = stored;
  return {
    key: base64Encode(keyBytes),
    key_encoding: "base64",
    value: base64Encode(value),
    value_encoding: "base64",
    create_revision: createRevision,
    mod_revision: revision,
    version,
    ...(contentType === undefined ? {} : { content_type: contentType }),
    ...(lease === undefined ? {} : { lease }),
    ...(actor === undefined ? {} : { actor }),
    ...(time === undefined ? {} : { time: time.toISOString() }),
  };
}
