import {
  type ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  ProviderFatalError,
  ProviderNotReadyError,
  type ResolutionDetails,
  type TrackingEventDetails,
} from "@openfeature/server-sdk";
import { FLAG_SET_DEFAULT, flagSetKey } from "../api/flag-set-name.ts";
import { type FlagSet, type FlagSetFault, flagsChanged } from "../flags/flag-set.ts";
import { SynodError } from "./error.ts";
import { flagEngine, flagSetHeld } from "./flag-engine-flagd.ts";
import { backoffMs, pause } from "./retry.ts";
import { createSynod, type Place, type Synod, type SynodOptions } from "./synod.ts";
import type { View, ViewOptions, ViewStateName } from "./view.ts";
import type { Pinned } from "./view-state.ts";

export interface SynodProviderOptions
  extends Omit<SynodOptions, "flagEngine">,
    Pick<ViewOptions, "maxAgeMs" | "waitUntil"> {
  /** The flag set: `default` when absent, which is the value of `flags/default`. */
  readonly set?: string | undefined;
  /** Hears what the application tells by `client.track()`, for whoever counts it beside what flags were in force. */
  readonly onTrack?: ((tracked: Tracked) => void) | undefined;
}

/** One call of `client.track()`. */
export interface Tracked {
  readonly name: string;
  readonly context: EvaluationContext;
  readonly details: TrackingEventDetails;
  /** The revision at which flags were evaluated at that moment; undefined: none were read yet. */
  readonly revision: number | undefined;
}

/** Statuses that no further try can change. */
const FATAL: readonly number[] = [400, 401, 403, 404];

/**
 * OpenFeature's provider for servers. It follows a flag set and evaluates it in this process, so that an evaluation waits
 * for nothing, and goes on where the service cannot be reached: the state is STALE then, and READY once it is back.
 */
export class SynodProvider implements Provider {
  readonly metadata = { name: "Synod" } as const;
  readonly runsOn = "server";
  readonly events = new OpenFeatureEventEmitter();
  readonly #synod: Synod;
  readonly #set: string;
  readonly #viewOptions: ViewOptions;
  readonly #onTrack: SynodProviderOptions["onTrack"];
  readonly #end = new AbortController();
  #view: View | undefined;
  #known: FlagSet | FlagSetFault | undefined;

  constructor(place: Place, providerOptions: SynodProviderOptions = {}) {
    const { set = FLAG_SET_DEFAULT, maxAgeMs, waitUntil, onTrack, ...options } = providerOptions;
    this.#synod = createSynod(place, { ...options, flagEngine });
    this.#set = set;
    this.#viewOptions = { maxAgeMs, waitUntil };
    this.#onTrack = onTrack;
  }

  /** Ready once the service or a snapshot has answered. Where neither does, it goes on trying after it has said so. */
  async initialize(): Promise<void> {
    try {
      this.#opened(await this.#open());
    } catch (error) {
      if (isFatal(error)) throw new ProviderFatalError(error.message, { cause: error });
      void this.#openLater();
      throw error;
    }
    // The SDK tells of READY when this is over; what is only saved state is told after that.
    setTimeout(() => {
      if (this.#view?.state === "snapshot") this.#emitStale();
    });
  }

  async onClose(): Promise<void> {
    this.#end.abort();
    await this.#synod[Symbol.asyncDispose]();
  }

  async resolveBooleanEvaluation(key: string, fallback: boolean, context: EvaluationContext) {
    return this.#resolve(key, fallback, context);
  }

  async resolveStringEvaluation(key: string, fallback: string, context: EvaluationContext) {
    return this.#resolve(key, fallback, context);
  }

  async resolveNumberEvaluation(key: string, fallback: number, context: EvaluationContext) {
    return this.#resolve(key, fallback, context);
  }

  async resolveObjectEvaluation<T extends JsonValue>(key: string, fallback: T, context: EvaluationContext) {
    return this.#resolve(key, fallback, context);
  }

  track(name: string, context: EvaluationContext, details: TrackingEventDetails): void {
    this.#onTrack?.({ name, context, details, revision: this.#view?.revision });
  }

  #resolve<T>(key: string, fallback: T, context: EvaluationContext): ResolutionDetails<T> {
    if (this.#view === undefined) throw new ProviderNotReadyError("no flag set was read yet");
    const resolution = this.#view.at(context).flag(key, fallback, this.#set);
    const { value, variant, reason, errorCode, errorMessage, metadata: flagMetadata } = resolution;
    if (errorCode === undefined) return { value, reason, flagMetadata, ...(variant === undefined ? {} : { variant }) };
    return { value, reason, flagMetadata, errorCode: errorCode as ErrorCode, errorMessage: errorMessage ?? "" };
  }

  #open(): Promise<View> {
    return this.#synod.config.view(flagSetKey(this.#set), this.#viewOptions);
  }

  async #openLater(): Promise<void> {
    for (let attempt = 0; !this.#end.signal.aborted; attempt++) {
      await pause(backoffMs(attempt), this.#end.signal);
      const view = await this.#open().catch(() => undefined);
      if (view === undefined) continue;
      this.#opened(view);
      return this.events.emit(ProviderEvents.Ready);
    }
  }

  #opened(view: View): void {
    this.#view = view;
    this.#known = this.#held(view.at());
    view.onChange((pinned) => this.#changed(pinned));
    view.onState((state) => this.#became(state));
  }

  #held(pinned: Pinned): FlagSet | FlagSetFault | undefined {
    return flagSetHeld({ set: this.#set, entry: pinned.entry(flagSetKey(this.#set)) });
  }

  #changed(pinned: Pinned): void {
    const now = this.#held(pinned);
    const changed = flagsChanged(this.#known, now);
    this.#known = now;
    if (changed.length > 0) this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: changed });
  }

  #became(state: ViewStateName): void {
    if (state === "live") this.events.emit(ProviderEvents.Ready);
    if (state === "stale") this.#emitStale();
    if (state === "closed" && !this.#end.signal.aborted) {
      this.events.emit(ProviderEvents.Error, {
        message: "the service refuses this client; flags are no longer followed",
      });
    }
  }

  #emitStale(): void {
    this.events.emit(ProviderEvents.Stale, { message: "the service cannot be reached; flags may be out of date" });
  }
}

function isFatal(error: unknown): error is SynodError {
  return error instanceof SynodError && FATAL.includes(error.problem?.status ?? 0);
}
