import type { Problem, ProblemCode } from "../api/problem.ts";

/** What can go wrong before a server's answer is there. */
export type ClientCode = "aborted" | "unreachable" | "deadline" | "closed" | "invalid-value" | "invalid-answer";

/** Whether the operation had an effect: `failed`, it had none and will have none; `unknown`, it may yet have one. */
export type Outcome = "failed" | "unknown";

export interface SynodErrorOptions {
  readonly outcome?: Outcome;
  /** Sent again under this id, a write takes effect at most once. */
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The server's RFC 9457 problem, when it sent one. */
  readonly problem?: Problem | undefined;
  readonly cause?: unknown;
}

/** The one error that this package throws. `code` is from a closed list: the server's problems and `ClientCode`. */
export class SynodError extends Error {
  override readonly name = "SynodError";
  readonly code: ProblemCode | ClientCode;
  readonly outcome: Outcome;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly problem: Problem | undefined;

  constructor(code: ProblemCode | ClientCode, message: string, options: SynodErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.outcome = options.outcome ?? "failed";
    this.requestId = options.requestId;
    this.retryAfterMs = options.retryAfterMs;
    this.problem = options.problem;
  }
}

/** The problem in `response`, as an error. An answer that is no problem of ours, a proxy's say, has no code of ours. */
export async function errorFrom(response: Response, requestId: string | undefined): Promise<SynodError> {
  const retryAfter = Number(response.headers.get("retry-after"));
  const options = { requestId, retryAfterMs: retryAfter > 0 ? retryAfter * 1_000 : undefined };
  const problem = await problemFrom(response);
  if (problem === undefined) {
    return new SynodError("invalid-answer", `the server answered ${response.status} without a problem`, options);
  }
  const outcome = problem.code === "outcome-unknown" ? "unknown" : "failed";
  return new SynodError(problem.code, problem.detail, { ...options, outcome, problem });
}

async function problemFrom(response: Response): Promise<Problem | undefined> {
  const text = await response.text();
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) return undefined;
  const problem = JSON.parse(text) as Problem;
  return typeof problem.code === "string" ? problem : undefined;
}
