import type { z } from "zod";
import { base64Encode } from "../api/base64.ts";
import { utf8Decode } from "../api/bytes.ts";
import type {
  EffectiveAnswer,
  HealthAnswer,
  PlanAnswer,
  ReleaseAnswer,
  ReleasesAnswer,
} from "../api/release-answer.ts";
import type { ReleaseState } from "../api/release-state.ts";
import type { StrategyInput } from "../api/strategy.ts";
import type { FlagContext } from "../flags/resolution.ts";
import { type Caller, type CallOptions, jsonCall } from "./caller.ts";
import { type Key, keyFields, keyPath } from "./key.ts";
import type { WriteOptions } from "./options.ts";
import { valueEncode } from "./value.ts";

/** A release as it stands. `step` is its revision: what a transition is made from. */
export type Release = z.infer<typeof ReleaseAnswer>;
/** What a release would change, and what to look at twice. */
export type ReleasePlan = z.infer<typeof PlanAnswer>;
/** What each guard says now, and every transition with what it was decided on. */
export type ReleaseHealth = z.infer<typeof HealthAnswer>;
/** What a target sees for a key, and which rule decided it. */
export type Effective = z.infer<typeof EffectiveAnswer>;

/** One key of a release: its new value, encoded as `kv.put` does, or that it goes. */
export type Change =
  | { readonly key: Key; readonly value: unknown; readonly contentType?: string | undefined }
  | { readonly key: Key; readonly delete: true };

export interface ReleaseDraft {
  readonly changes: readonly Change[];
  /** A strategy, or the name of one; the service's default when absent. */
  readonly strategy?: StrategyInput | string | undefined;
  readonly note?: string | undefined;
  /** Of a release that is tried again: the same targets go first. */
  readonly salt?: string | undefined;
  /** It is not validated yet. */
  readonly draft?: boolean | undefined;
}

export interface TransitionOptions extends WriteOptions {
  /** The step that the caller saw: `precondition-failed` when the release has moved on. Absent: where it is now. */
  readonly step?: number | undefined;
  readonly reason?: string | undefined;
}

/** Changes of keys that reach a part of the world first. Every method throws `SynodError`. */
export class Releases {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** What the release would change; changes nothing. `targets`: it is counted how many of them each stage exposes. */
  async plan(
    draft: ReleaseDraft,
    { targets, ...options }: CallOptions & { readonly targets?: readonly string[] | undefined } = {},
  ): Promise<ReleasePlan> {
    const body = { ...draftJson(draft), targets };
    const response = await this.#caller.read({ ...options, ...jsonCall("POST", "/releases:plan", body) });
    return (await response.json()) as ReleasePlan;
  }

  /** Makes a release. It takes its keys until it ends, and shows nothing before it is started. */
  async create(draft: ReleaseDraft, options: WriteOptions = {}): Promise<Release> {
    const response = await this.#caller.write({ ...options, ...jsonCall("POST", "/releases", draftJson(draft)) });
    return (await response.json()) as Release;
  }

  /** The release, or null when there is none. */
  async get(id: string, options: CallOptions = {}): Promise<Release | null> {
    const response = await this.#caller.read({ ...options, method: "GET", path: releasePath(id), accept: [404] });
    return response.status === 404 ? null : ((await response.json()) as Release);
  }

  /** The newest first. `state`: only those in it; `active`: those that have not ended. */
  async list({
    state,
    ...options
  }: CallOptions & { readonly state?: ReleaseState | "active" | undefined } = {}): Promise<readonly Release[]> {
    const response = await this.#caller.read({ ...options, method: "GET", path: "/releases", query: { state } });
    return ((await response.json()) as z.infer<typeof ReleasesAnswer>).releases;
  }

  async health(id: string, options: CallOptions = {}): Promise<ReleaseHealth> {
    const response = await this.#caller.read({ ...options, method: "GET", path: `${releasePath(id)}/health` });
    return (await response.json()) as ReleaseHealth;
  }

  /** What a target sees for a key, now or at a revision, and which rule decided it. */
  async effective(
    key: Key,
    target: string,
    {
      context,
      at,
      ...options
    }: CallOptions & { readonly context?: FlagContext | undefined; readonly at?: number | undefined } = {},
  ): Promise<Effective> {
    const query = {
      target,
      context: context === undefined ? undefined : JSON.stringify(context),
      at: at === undefined ? undefined : `${at}`,
    };
    const response = await this.#caller.read({ ...options, method: "GET", path: `/effective/${keyPath(key)}`, query });
    return (await response.json()) as Effective;
  }

  validate(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "validate", options);
  }

  /** `digest`: of the values that are approved; without it, of those that there are. */
  approve(id: string, options: TransitionOptions & { readonly digest?: string | undefined } = {}): Promise<Release> {
    return this.#transition(id, "approve", options, { digest: options.digest });
  }

  reject(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "reject", options);
  }

  /** It starts by itself at that time. */
  schedule(id: string, at: Date, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "schedule", options, { start_at: at.toISOString() });
  }

  start(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "start", options);
  }

  /** Goes on to the next stage before its time. */
  advance(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "advance", options);
  }

  /** Writes all keys before the bake is over. */
  complete(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "complete", options);
  }

  pause(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "pause", options);
  }

  resume(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "resume", options);
  }

  rollback(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "rollback", options);
  }

  /** Undoes a completed release by a new one, which is returned: validated, and not started. */
  revert(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "revert", options);
  }

  /** Ends a release that was not started. */
  cancel(id: string, options: TransitionOptions = {}): Promise<Release> {
    return this.#transition(id, "cancel", options);
  }

  /**
   * A retry says which step it is about: without one, it could not be told from a second wish. Who stops a release stops it
   * at whichever step it is.
   */
  async #transition(
    id: string,
    action: string,
    { step, reason, ...options }: TransitionOptions,
    more: object = {},
  ): Promise<Release> {
    const isStop = STOPPING.includes(action) && step === undefined;
    const from = isStop ? undefined : (step ?? (await this.#stepOf(id, options)));
    const { headers, ...call } = jsonCall("POST", `${releasePath(id)}/${action}`, { reason, ...more });
    const match = from === undefined ? {} : { "if-match": `"${from}"` };
    const response = await this.#caller.write({ ...options, ...call, headers: { ...headers, ...match } });
    return (await response.json()) as Release;
  }

  async #stepOf(id: string, { deadlineMs, signal }: CallOptions): Promise<number> {
    const response = await this.#caller.read({ deadlineMs, signal, method: "GET", path: releasePath(id) });
    return ((await response.json()) as Release).step;
  }
}

const STOPPING: readonly string[] = ["pause", "rollback", "cancel"];

function releasePath(id: string): string {
  return `/releases/${keyPath(id)}`;
}

function draftJson({ changes, ...rest }: ReleaseDraft): object {
  return { ...rest, changes: changes.map(changeJson) };
}

function changeJson(change: Change): object {
  const key = keyFields(change.key);
  if ("delete" in change) return { ...key, delete: true };
  const { bytes, contentType } = valueEncode(change.value, change.contentType);
  const text = utf8Decode(bytes);
  return {
    ...key,
    ...(text === undefined ? { value: base64Encode(bytes), value_encoding: "base64" } : { value: text }),
    content_type: contentType,
  };
}
