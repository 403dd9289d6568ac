import type { FlagMetadata } from "@openfeature/core";
import type { z } from "zod";
import { FLAG_SET_DEFAULT } from "../api/flag-set-name.ts";
import type { OfrepBulkAnswer, OfrepFailure, OfrepSuccess } from "../api/ofrep.ts";
import { type FlagContext, type Resolution, resolutionTyped } from "../flags/resolution.ts";
import { type Caller, type CallOptions, jsonCall } from "./caller.ts";
import { SynodError } from "./error.ts";
import { keyPath } from "./key.ts";

export interface EvaluateOptions extends CallOptions {
  /** For whom: attributes that targeting rules read, `targetingKey` among them. */
  readonly context?: FlagContext | undefined;
  /** `default` when absent: the value of `flags/default`. */
  readonly set?: string | undefined;
  /** `linearizable`, the default, sees every write acknowledged before it; `local` is near and may be old. */
  readonly consistency?: "linearizable" | "local" | undefined;
}

/** Every flag of a set, for one context and at one revision. */
export interface FlagsEvaluated {
  readonly flags: readonly Resolution[];
  /** The set's, with `flagSetId` and `version`: the revision that wrote it, 0 when there is no such set. */
  readonly metadata: FlagMetadata;
}

/**
 * Flags that the service evaluates, one request each (OFREP). Where many are asked for, a view evaluates them in the
 * client's own process: `(await config.view("flags/")).at(context).flag(key, fallback)`.
 */
export class Flags {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * What a flag comes to, of `fallback`'s type, which it is where there is no other value. Throws `SynodError` only when
   * no answer came.
   */
  async evaluate<T>(
    key: string,
    fallback: T,
    options: EvaluateOptions = {},
  ): Promise<Resolution<T> & { readonly value: T }> {
    const response = await this.#post(`/evaluate/flags/${keyPath(key)}`, [400, 404], options);
    return resolutionTyped(resolutionFrom((await response.json()) as OfrepAnswer), fallback);
  }

  /** What every flag of a set comes to. Throws `SynodError` when no answer came, or the value is no flag set. */
  async evaluateAll(options: EvaluateOptions = {}): Promise<FlagsEvaluated> {
    const response = await this.#post("/evaluate/flags", [400], options);
    const body = (await response.json()) as z.infer<typeof OfrepBulkAnswer> | OfrepFailure;
    if ("errorCode" in body) throw new SynodError("invalid-value", body.errorDetails);
    return { flags: body.flags.map(resolutionFrom), metadata: body.metadata };
  }

  #post(
    path: string,
    accept: readonly number[],
    { context = {}, set = FLAG_SET_DEFAULT, consistency, ...options }: EvaluateOptions,
  ): Promise<Response> {
    const { headers, ...call } = jsonCall("POST", path, { context });
    return this.#caller.read({
      ...options,
      ...call,
      root: "/ofrep/v1",
      query: { consistency },
      headers: { ...headers, "synod-flag-set": set },
      accept,
    });
  }
}

type OfrepAnswer = z.infer<typeof OfrepSuccess> | OfrepFailure;

function resolutionFrom(answer: OfrepAnswer): Resolution {
  if ("errorCode" in answer) {
    const { key = "", errorCode, errorDetails: errorMessage, metadata = {} } = answer;
    return { key, reason: "ERROR", errorCode, errorMessage, metadata };
  }
  return answer as Resolution;
}
