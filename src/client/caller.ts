import type { ProblemCode } from "../api/problem.ts";
import { errorFrom, type Outcome, SynodError } from "./error.ts";
import { backoffMs, freshRequestId, pause } from "./retry.ts";
import type { Session } from "./session.ts";
import type { Transport, TransportRequest } from "./transport.ts";

const DEADLINE_MS = 10_000;

export interface CallOptions {
  /** Milliseconds until an answer is not waited for any more; the client's own when absent. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A call, before the caller adds what is the same for all. */
export interface Call extends CallOptions {
  readonly method: TransportRequest["method"];
  readonly root?: TransportRequest["root"];
  readonly path: string;
  readonly query?: TransportRequest["query"] | undefined;
  readonly headers?: TransportRequest["headers"] | undefined;
  readonly body?: TransportRequest["body"];
  /** Statuses that are an answer although they are no success, such as 404 of a read. */
  readonly accept?: readonly number[] | undefined;
}

/** A call that changes something; `requestId` stays the same through every retry of one intent. */
export interface WriteCall extends Call {
  readonly requestId?: string | undefined;
}

const RETRIED: ReadonlySet<string> = new Set<ProblemCode | "unreachable" | "invalid-answer">([
  "no-quorum",
  "overloaded",
  "rate-limited",
  "outcome-unknown",
  "unreachable",
]);

/**
 * Sends calls until one is answered, or their deadline is over. A write is sent with the same request id each time,
 * which makes it take effect at most once; only when the last try ends without an answer is its outcome unknown.
 */
export class Caller {
  readonly #transport: Transport;
  readonly #session: Session;
  readonly #deadlineMs: number;

  constructor(transport: Transport, session: Session, deadlineMs = DEADLINE_MS) {
    this.#transport = transport;
    this.#session = session;
    this.#deadlineMs = deadlineMs;
  }

  get session(): Session {
    return this.#session;
  }

  read(call: Call): Promise<Response> {
    return this.#send(call, undefined);
  }

  write({ requestId = freshRequestId(), ...call }: WriteCall): Promise<Response> {
    const headers = { ...call.headers, "idempotency-key": requestId };
    return this.#send({ ...call, headers }, requestId);
  }

  /** One try of a request that is answered by a stream; `signal` ends it. */
  async open({
    path,
    query,
    headers,
    signal,
  }: Required<Pick<Call, "path" | "query" | "headers">> & { readonly signal: AbortSignal }): Promise<Response> {
    const answer = await this.#attempt({ method: "GET", path, query, headers }, signal, undefined);
    if (answer instanceof Response) return answer;
    throw answer;
  }

  async #send(call: Call, requestId: string | undefined): Promise<Response> {
    const { deadlineMs = this.#deadlineMs } = call;
    const deadline = AbortSignal.timeout(deadlineMs);
    const signal = call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]);
    let outcome: Outcome = "failed";
    let last: SynodError | undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const answer = await this.#attempt(call, signal, requestId);
      if (answer instanceof Response) return answer;
      last = answer;
      // Once a try was left without an answer, a later refusal says nothing of it.
      if (requestId !== undefined && answer.outcome === "unknown") outcome = "unknown";
      if (!isRetried(answer)) throw settled(answer, outcome);
      await pause(answer.retryAfterMs ?? backoffMs(attempt), signal);
    }
    throw ended(call, outcome, { requestId, last, deadlineMs });
  }

  async #attempt(call: Call, signal: AbortSignal, requestId: string | undefined): Promise<Response | SynodError> {
    const { method, root, path, query = {}, headers = {}, body, accept = [] } = call;
    try {
      const response = await this.#transport.send({ method, root, path, query, headers, body, signal });
      this.#session.saw(response.headers.get("synod-revision"));
      return response.ok || accept.includes(response.status) ? response : await errorFrom(response, requestId);
    } catch (cause) {
      return new SynodError("unreachable", "no answer came", { outcome: "unknown", requestId, cause });
    }
  }
}

function isRetried({ code, problem }: SynodError): boolean {
  return RETRIED.has(code) || (problem !== undefined && (problem.status === 429 || problem.status === 503));
}

/** A refusal that a repeat of the same request id was told is about the first try too: nothing is unknown any more. */
function settled(error: SynodError, outcome: Outcome): SynodError {
  if (outcome === "failed" || error.code !== "expired") return error;
  const { code, message, requestId, problem } = error;
  return new SynodError(code, message, { outcome, requestId, problem });
}

function ended(
  call: Call,
  outcome: Outcome,
  {
    requestId,
    last,
    deadlineMs,
  }: { readonly requestId: string | undefined; readonly last: SynodError | undefined; readonly deadlineMs: number },
): SynodError {
  const options = { outcome, requestId, problem: last?.problem, cause: last ?? call.signal?.reason };
  if (call.signal?.aborted === true) return new SynodError("aborted", "the caller aborted it", options);
  if (last?.problem !== undefined) return new SynodError(last.code, last.message, options);
  return new SynodError("deadline", `no answer within ${deadlineMs} ms`, options);
}

/** A call whose body is JSON. */
export function jsonCall(method: "PUT" | "POST", path: string, body: unknown) {
  return jsonTextCall(method, path, JSON.stringify(body));
}

export function jsonTextCall(method: "PUT" | "POST", path: string, body: string) {
  return { method, path, headers: { "content-type": "application/json" }, body } as const;
}
