import { FLAG_SETS_PREFIX } from "../../api/flag-set-name.ts";
import type { OfrepFailure } from "../../api/ofrep.ts";
import { ProblemError, problemResponse } from "../../api/problem.ts";
import type { FlagSetFault } from "../../flags/flag-set.ts";
import type { Resolution } from "../../flags/resolution.ts";
import type { AppDeps } from "../deps.ts";
import type { AnswerHeaders } from "../outcome.ts";
import { rawPath } from "../route.ts";
import { CONTEXT_PARAMETER } from "./parameters.ts";

/** A resolution in OFREP's words: what has no value is the caller's own default, which is no error. */
export function ofrepResolution({
  key,
  value,
  variant,
  reason,
  errorCode,
  errorMessage,
  metadata,
}: Resolution): object {
  if (errorCode !== undefined) return { key, errorCode, errorDetails: errorMessage ?? "", metadata };
  return { key, value, reason, variant, metadata };
}

/** As flagd answers: a flag that is not there is 404, one that cannot be evaluated 400. */
export function ofrepStatus({ errorCode }: Resolution): 200 | 400 | 404 {
  if (errorCode === undefined) return 200;
  return errorCode === "FLAG_NOT_FOUND" ? 404 : 400;
}

export function ofrepJson(body: object, status: number, headers: AnswerHeaders = {}): Response {
  return ofrepText(`${JSON.stringify(body)}\n`, status, headers);
}

/** The same of JSON that is text already. */
export function ofrepText(text: string, status: number, headers: AnswerHeaders): Response {
  return new Response(text, {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}

export function ofrepFault(set: string, { detail }: FlagSetFault, key: string | undefined): OfrepFailure {
  return {
    ...(key === undefined ? {} : { key }),
    errorCode: "PARSE_ERROR",
    errorDetails: `${FLAG_SETS_PREFIX}${set} is no flag set: ${detail}`,
  };
}

/** Statuses for which OFREP has bodies. All other failures are problems, as everywhere here. */
export const OFREP_FAILURES: readonly number[] = [400, 404, 500];

/**
 * What was thrown, as OFREP's clients understand it. Anything but a problem is a bug, told by a reference into the log
 * and nothing more.
 */
export function ofrepFailure(error: unknown, request: Request, deps: AppDeps, key?: string): Response {
  const named = key === undefined ? {} : { key };
  if (!(error instanceof ProblemError)) {
    const reference = deps.freshId();
    console.error(`internal error ${reference}: ${request.method} ${rawPath(request)}`, error);
    const errorDetails = `internal error; ${reference} names it in the logs`;
    return ofrepJson({ ...named, errorCode: "GENERAL", errorDetails }, 500);
  }
  const { problem, headers } = error;
  if (!OFREP_FAILURES.includes(problem.status)) return problemResponse(problem, headers);
  const errorCode = problem.parameter === CONTEXT_PARAMETER ? "INVALID_CONTEXT" : "GENERAL";
  return ofrepJson({ ...named, errorCode, errorDetails: problem.detail }, problem.status, headers);
}
