import type { Revision } from "../api/key-value.ts";
import { type ProblemCode, ProblemError, type ProblemMore } from "../api/problem.ts";
import type {
  Coordinator,
  Path,
  RateLimited,
  ReadOutcome,
  ReadRequest,
  WriteOutcome,
  WriteRequest,
} from "../node/coordinate/coordinator.ts";
import type { Refusal, Refused, Result } from "../state/command.ts";
import type { QueryResult } from "../state/queries.ts";
import { deniedProblem } from "./denied.ts";
import { etag } from "./etag.ts";
import { fingerprint } from "./fingerprint.ts";
import { QUOTA_NAMES } from "./quota-names.ts";

export type AnswerHeaders = Readonly<Record<string, string>>;

/** A result that is no refusal, with the headers that say how it came about. */
export interface Answer<T> {
  readonly result: Exclude<T, Refused>;
  readonly headers: AnswerHeaders;
}

const RETRY_AFTER_S = "1";
const FAILED = "a learner could not answer; the reference names it in its log";

function decidedHeaders(revision: Revision, path: Path, trips: number): AnswerHeaders {
  return { "synod-revision": `${revision}`, "synod-path": `${path}; trips=${trips}` };
}

/** Writes, or throws the problem that says why not. */
export async function write(
  coordinator: Coordinator,
  request: WriteRequest & { requestId: string },
  /** All that the client asked for, if the operation has more in it than that. */
  asked: object = request.op,
): Promise<Answer<Result>> {
  const outcome = await coordinator.write({ ...request, print: await fingerprint(asked) });
  const named = { "synod-request-id": request.requestId };
  if (outcome.kind === "denied") throw deniedProblem(outcome);
  if (outcome.kind !== "applied") throw writeProblem(outcome, request.requestId);
  const { result, path, trips } = outcome;
  const headers = { ...decidedHeaders(result.revision, path, trips), ...named };
  if (result.kind === "refused") throw refusalProblem(result, headers, { request_id: request.requestId });
  return { result, headers };
}

const RETRY = "Retry with the request_id as Idempotency-Key: it takes effect at most once.";
const WRITE_ADVICE = {
  "no-quorum": "The write had no effect and will have none.",
  "outcome-unknown": `It may yet take effect. ${RETRY}`,
  upgrading: "Nothing was done. GET status tells the level; an operator raises it once every learner is updated.",
  overloaded: `As far as is known nothing was done. ${RETRY}`,
} as const;

function writeProblem(outcome: Exclude<WriteOutcome, { kind: "applied" | "denied" }>, requestId: string): ProblemError {
  if (outcome.kind === "held") {
    const detail = `${outcome.detail}; nothing was done. An operator may send synod-override: release`;
    return new ProblemError("release-in-progress", detail, { release: outcome.release });
  }
  if (outcome.kind === "invalid") {
    return new ProblemError("validation-failed", outcome.detail, { findings: [...outcome.findings] });
  }
  if (outcome.kind === "rate-limited") return rateProblem(outcome, requestId);
  const headers = { "synod-request-id": requestId, "retry-after": RETRY_AFTER_S };
  const advice = WRITE_ADVICE[outcome.kind];
  return new ProblemError(outcome.kind, `${outcome.detail}. ${advice}`, { request_id: requestId }, headers);
}

/** The RateLimit fields are those of draft-ietf-httpapi-ratelimit-headers. */
function rateProblem({ detail, limit, retryAfterMs }: RateLimited, requestId: string): ProblemError {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const headers = {
    "synod-request-id": requestId,
    "retry-after": `${seconds}`,
    "ratelimit-policy": `"writes";q=${limit};w=1`,
    ratelimit: `"writes";r=0;t=${seconds}`,
  };
  return new ProblemError("rate-limited", `${detail}; nothing was done. ${RETRY}`, { request_id: requestId }, headers);
}

/** Reads, or throws the problem that says why not. */
export async function read(coordinator: Coordinator, request: ReadRequest): Promise<Answer<QueryResult>> {
  const outcome: ReadOutcome = await coordinator.read(request);
  if (outcome.kind === "overloaded") {
    throw new ProblemError("overloaded", outcome.detail, {}, { "retry-after": RETRY_AFTER_S });
  }
  if (outcome.kind === "denied") throw deniedProblem(outcome);
  if (outcome.kind === "no-quorum") throw readProblem(outcome);
  if (outcome.kind === "failed") throw new ProblemError("internal", FAILED, { reference: outcome.reference });
  const { result, path, trips, lagMs } = outcome;
  const lag = path === "local" ? { "synod-lag": lagMs === undefined ? "unknown" : `${Math.ceil(lagMs)}` } : {};
  const headers = { ...decidedHeaders(result.revision, path, trips), ...lag };
  if (request.minRevision !== undefined && result.revision < request.minRevision) {
    // A learner that is behind does not answer: this is what the quorum knows of.
    const detail = "min_revision: the store has not reached that revision";
    throw new ProblemError("future-revision", detail, { revision: result.revision }, headers);
  }
  if (result.kind === "refused") throw refusalProblem(result, headers, {});
  return { result, headers };
}

function readProblem({ detail, revision }: Extract<ReadOutcome, { kind: "no-quorum" }>): ProblemError {
  const headers = { "retry-after": RETRY_AFTER_S };
  if (revision === undefined) {
    return new ProblemError("no-quorum", `${detail}. A read with ?consistency=local may still work.`, {}, headers);
  }
  const known = { ...headers, "synod-revision": `${revision}` };
  return new ProblemError(
    "behind",
    `the learner here has not reached min_revision, and ${detail}`,
    { revision },
    known,
  );
}

const REFUSALS: Readonly<Record<Refusal, readonly [ProblemCode, string]>> = {
  "condition-failed": ["precondition-failed", "the key is not as the condition wants it"],
  compacted: ["compacted", "that revision has been compacted away"],
  "future-revision": ["future-revision", "the store has not reached that revision"],
  "key-not-found": ["not-found", "there is no such key"],
  "lease-not-found": ["lease-not-found", "it never was, was revoked, or ran out"],
  "lease-exists": ["lease-exists", "choose another id, or none"],
  "lease-ttl-too-large": ["invalid-request", "the lease's time to live is too large"],
  "duplicate-key": ["invalid-request", "a transaction may change a key only once"],
  "value-provided": ["invalid-request", "a value was given although the current one is to be kept"],
  "lease-provided": ["invalid-request", "a lease was given although the current one is to be kept"],
  "too-many-changes": ["too-large", "it would change more keys than one request may"],
  "answer-too-large": ["too-large", "the answer would be too large; ask for fewer keys, or for keys_only"],
  "too-expensive": [
    "too-expensive",
    "it passes more keys, changes more or reads more bytes than a request, or the entry that it shared, may; narrow its " +
      "ranges, ask for pages, or retry under a new id",
  ],
  expired: [
    "expired",
    "the request id is older than what is remembered, so whether an earlier attempt took effect is not known; read " +
      "first, then write under a new id",
  ],
  reused: ["idempotency-key-reused", "another request was sent under this Idempotency-Key; nothing was done"],
  upgrading: ["upgrading", "the namespace has not reached the level of this operation; nothing was done"],
  restoring: [
    "restoring",
    "it is being restored from a backup; nothing was done, and nothing can be read until it is whole",
  ],
  "restore-conflict": [
    "restore-conflict",
    "the namespace is not fresh, another restore goes on in it, or this step is not the one that is due; nothing was done",
  ],
  "quota-exceeded": [
    "quota-exceeded",
    "it would add to what the namespace holds more than that may be; nothing was done. Deletes and compaction make room",
  ],
  "policy-changed": ["overloaded", "what is permitted changed again and again meanwhile; nothing was done"],
};

function refusalProblem(refused: Refused, headers: AnswerHeaders, more: ProblemMore): ProblemError {
  const [code, detail] = REFUSALS[refused.why];
  const { revision, current, compactRevision, quota, counted, limit } = refused;
  const known = {
    revision,
    ...(refused.why === "condition-failed" ? { mod_revision: current?.modRevision ?? 0 } : {}),
    ...(quota === undefined ? {} : { quota: QUOTA_NAMES[quota] }),
    ...(counted === undefined ? {} : { counted }),
    ...(limit === undefined ? {} : { limit }),
    ...(compactRevision === undefined ? {} : { compact_revision: compactRevision }),
  };
  const tag = current === undefined ? {} : { etag: etag(current.modRevision) };
  return new ProblemError(code, detail, { ...known, ...more }, { ...headers, ...tag });
}

/** What the state machine answered was not what was asked for: a bug, reported as one. */
export function unexpected(what: { readonly kind: string }): Error {
  return new Error(`an answer of kind ${what.kind} was not expected here`);
}
