import type { EvaluationContext, FlagMetadata, JsonValue, Logger } from "@openfeature/core";
import { type FeatureFlag, MemoryStorage } from "@openfeature/flagd-core";
import { flagSetExpanded } from "./evaluators.ts";
import { type FlagContext, type FlagErrorCode, type FlagReason, flagNotFound, type Resolution } from "./resolution.ts";

/** A release whose overlay covers a flag set, and whether the target that the text is for sees it. */
export interface FlagExposure {
  readonly releaseId: string;
  readonly exposed: boolean;
}

/** A flag set as one target is to see it. Whatever changes the text changes `version` or `exposure`. */
export interface FlagSetSource {
  /** `default` of the key `flags/default`. */
  readonly name: string;
  /** flagd's JSON (flagd.dev/schema/v0/flags.json). */
  readonly text: string;
  /** The revision that wrote it. */
  readonly version: number;
  readonly exposure?: FlagExposure | undefined;
}

/** Why a text is no flag set. */
export interface FlagSetFault {
  readonly kind: "fault";
  readonly detail: string;
}

/**
 * Workers refuse code that is generated at run time, which is the engine's default: with it, every targeting rule would
 * fail to compile, and callers would silently get defaults.
 */
export const ENGINE_OPTIONS = { disableDynamicCodeGeneration: true } as const;

const nothing = () => {};
/** The engine logs whatever it falls back from; the resolution says the same. */
export const SILENT: Logger = { error: nothing, warn: nothing, info: nothing, debug: nothing };

interface CompiledFlag {
  readonly flag: FeatureFlag;
  readonly metadata: FlagMetadata;
}

/** A flag set, ready to be evaluated by flagd's engine. */
export class FlagSet {
  readonly kind = "set";
  /** The set's own metadata, with `flagSetId` and `version`. */
  readonly metadata: FlagMetadata;
  readonly #flags: ReadonlyMap<string, CompiledFlag>;

  private constructor(source: FlagSetSource, storage: MemoryStorage) {
    const added = addedMetadata(source);
    const named = { flagSetId: source.name };
    this.metadata = { ...named, ...plainMetadata(storage.getFlagSetMetadata()), ...added };
    this.#flags = new Map(
      [...storage.getFlags()].map(([key, flag]) => [
        key,
        { flag, metadata: { ...named, ...plainMetadata(flag.metadata), ...added } },
      ]),
    );
  }

  /** The set, or why the text is none. A flag whose targeting is wrong is no fault of the set: it resolves to an error. */
  static compile(source: FlagSetSource): FlagSet | FlagSetFault {
    try {
      if (flagSetExpanded(source.text) === undefined) {
        return {
          kind: "fault",
          detail: "with its shared evaluators and metadata wherever they are used, it would be too large",
        };
      }
      const storage = new MemoryStorage(SILENT, ENGINE_OPTIONS);
      storage.setConfigurations(source.text);
      return new FlagSet(source, storage);
    } catch (error) {
      return { kind: "fault", detail: faultText(error) };
    }
  }

  get size(): number {
    return this.#flags.size;
  }

  keys(): Iterable<string> {
    return this.#flags.keys();
  }

  /** Changes when the flag does, shared evaluators and the set's metadata included. */
  hashOf(key: string): string | undefined {
    return this.#flags.get(key)?.flag.hash;
  }

  metadataOf(key: string): FlagMetadata | undefined {
    return this.#flags.get(key)?.metadata;
  }

  evaluate(key: string, context: FlagContext): Resolution {
    const found = this.#flags.get(key);
    return found === undefined ? flagNotFound(key, this.metadata) : resolved(key, found, context);
  }

  /** Every flag, those that fail and those that are disabled too; `only` leaves others out by their metadata. */
  evaluateAll(context: FlagContext, only?: (metadata: FlagMetadata) => boolean): Resolution[] {
    const all: Resolution[] = [];
    for (const [key, found] of this.#flags) {
      if (only === undefined || only(found.metadata)) all.push(resolved(key, found, context));
    }
    return all;
  }
}

/** The keys of flags that are not what they were; what is no set has none. */
export function flagsChanged(
  before: FlagSet | FlagSetFault | undefined,
  after: FlagSet | FlagSetFault | undefined,
): string[] {
  const [old, now] = [before, after].map((one) => (one?.kind === "set" ? one : undefined));
  const keys = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  return [...keys].filter((key) => old?.hashOf(key) !== now?.hashOf(key));
}

function resolved(key: string, { flag, metadata }: CompiledFlag, context: FlagContext): Resolution {
  if (flag.state === "DISABLED") return { key, reason: "DISABLED", metadata };
  // Targeting reads the context and nothing else does, so that anything JSON can carry may stand in it.
  const found = flag.evaluate(context as EvaluationContext, SILENT);
  const { value, variant, reason, errorCode, errorMessage } = found;
  if (errorCode !== undefined) {
    return { key, reason: "ERROR", errorCode: errorCode as FlagErrorCode, errorMessage: errorMessage ?? "", metadata };
  }
  if (value === undefined || variant === undefined) return { key, reason: "DEFAULT", metadata };
  return { key, value: value as JsonValue, variant, reason: reason as FlagReason, metadata };
}

/** What is said of every flag, whatever its author says of it. */
function addedMetadata({ version, exposure }: FlagSetSource): FlagMetadata {
  return exposure === undefined ? { version } : { version, ...exposure };
}

/** What metadata may hold (OpenFeature, "Flag metadata"); a set that says more is evaluated without it. */
function plainMetadata(metadata: object): FlagMetadata {
  return Object.fromEntries(
    Object.entries(metadata).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value)),
  ) as FlagMetadata;
}

function faultText(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
