import { WorkerEntrypoint } from "cloudflare:workers";
import { FLAG_SET_DEFAULT, FLAG_SET_NAME, flagSetKey } from "./api/flag-set-name.ts";
import { ProblemError } from "./api/problem.ts";
import { type FlagContext, type Resolution, resolutionTyped } from "./flags/resolution.ts";
import { flagSetRead } from "./http/ofrep/flag-set-read.ts";
import { Namespace } from "./http/parameters.ts";
import { REGION_DEFAULT } from "./http/region.ts";
import { isRegion } from "./network/region.ts";
import { DurableCoordinator } from "./objects/coordinator.ts";
import type { Env } from "./objects/env.ts";

/** What a caller's binding evaluates, set where it is declared (`props` of `[[services]]` in its wrangler.toml). */
export interface FlagsProps {
  readonly namespace: string;
  /** `default` when absent: the value of the key `flags/default`. */
  readonly set?: string;
  /** `linearizable`, the default, sees every write acknowledged before it; `local` is near and may be old. */
  readonly consistency?: "linearizable" | "local";
  /** Where the caller is, as far as that is known: a call says nothing of it. */
  readonly region?: string;
}

/** The details of an evaluation, with the members of Cloudflare's Flagship binding. */
export interface FlagDetails<T> {
  readonly flagKey: string;
  readonly value: T;
  readonly variant?: string;
  readonly reason?: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

/**
 * Flags as other Workers of the account bind them, with the methods of Cloudflare's Flagship binding: code and OpenFeature
 * providers that were written for it work unchanged. No method throws: what cannot be evaluated comes to the default.
 */
export class Flags extends WorkerEntrypoint<Env, FlagsProps> {
  async get(key: string, fallback?: unknown, context?: FlagContext): Promise<unknown> {
    const { value } = await this.#details(key, undefined, context);
    return value === undefined ? fallback : value;
  }

  async getBooleanValue(key: string, fallback: boolean, context?: FlagContext): Promise<boolean> {
    return (await this.#details(key, fallback, context)).value;
  }

  async getStringValue(key: string, fallback: string, context?: FlagContext): Promise<string> {
    return (await this.#details(key, fallback, context)).value;
  }

  async getNumberValue(key: string, fallback: number, context?: FlagContext): Promise<number> {
    return (await this.#details(key, fallback, context)).value;
  }

  async getObjectValue(key: string, fallback: object, context?: FlagContext): Promise<object> {
    return (await this.#details(key, fallback, context)).value;
  }

  getBooleanDetails(key: string, fallback: boolean, context?: FlagContext): Promise<FlagDetails<boolean>> {
    return this.#details(key, fallback, context);
  }

  getStringDetails(key: string, fallback: string, context?: FlagContext): Promise<FlagDetails<string>> {
    return this.#details(key, fallback, context);
  }

  getNumberDetails(key: string, fallback: number, context?: FlagContext): Promise<FlagDetails<number>> {
    return this.#details(key, fallback, context);
  }

  getObjectDetails(key: string, fallback: object, context?: FlagContext): Promise<FlagDetails<object>> {
    return this.#details(key, fallback, context);
  }

  async #details<T>(key: string, fallback: T, context: FlagContext = {}): Promise<FlagDetails<T>> {
    const resolution = await this.#resolution(key, context).catch((error: unknown) => failed(key, error));
    const { key: flagKey, metadata: _, ...details } = resolutionTyped(resolution, fallback);
    return { flagKey, ...details };
  }

  async #resolution(key: string, context: FlagContext): Promise<Resolution> {
    const { namespace, set = FLAG_SET_DEFAULT, consistency, region } = (this.ctx.props ?? {}) as Partial<FlagsProps>;
    if (!Namespace.safeParse(namespace).success || !FLAG_SET_NAME.test(set)) {
      return general(key, "the binding names no namespace and flag set; give it props = { namespace, set }");
    }
    const where = region !== undefined && isRegion(region) ? region : REGION_DEFAULT;
    const background = (work: Promise<unknown>) => this.ctx.waitUntil(work);
    const place = { namespace: `${namespace}`, set };
    const coordinator = new DurableCoordinator(this.env, {
      background,
      region: where,
      namespace: place.namespace,
      caller: { kind: "binding", namespace: place.namespace, role: "reader" },
    });
    const { compiled } = await flagSetRead(coordinator, place, { consistency });
    if (compiled.kind === "set") return compiled.evaluate(key, context);
    return { ...general(key, `${flagSetKey(set)} is no flag set: ${compiled.detail}`), errorCode: "PARSE_ERROR" };
  }
}

function general(key: string, errorMessage: string): Resolution {
  return { key, reason: "ERROR", errorCode: "GENERAL", errorMessage, metadata: {} };
}

/** Anything but a problem is a bug: the caller gets the default, the log the whole of it. */
function failed(key: string, error: unknown): Resolution {
  if (!(error instanceof ProblemError)) console.error("flags: an evaluation failed", error);
  return general(
    key,
    error instanceof ProblemError ? error.message : "internal error; the log of the service says more",
  );
}
