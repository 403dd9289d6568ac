import { signal } from "@preact/signals";
import type { Problem } from "../../api/problem.ts";

/** A request that came to nothing, in the words in which it is told. */
export class Trouble extends Error {
  /** The problem's code; `unreachable` when no answer came at all. */
  readonly code: string;
  readonly title: string;
  readonly requestId: string | undefined;
  readonly problem: Problem | undefined;

  constructor(problem: Problem | undefined, requestId: string | undefined) {
    super(problem?.detail ?? "No answer came. The server may be down, or this machine has no connection.");
    this.name = "Trouble";
    this.problem = problem;
    this.code = problem?.code ?? "unreachable";
    this.title = problem?.title ?? "The server can not be reached";
    this.requestId = problem?.request_id ?? problem?.reference ?? requestId;
  }
}

export interface Ask {
  readonly method?: "GET" | "PUT" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The server asked who this is: the session is over, or there was none. The page stays as it is, and asks. */
export const isSignedOut = signal(false);

const TIMEOUT_MS = 30_000;

/** A fresh id for a write, so that a repeat takes effect at most once. */
export function freshRequestId(): string {
  return crypto.randomUUID();
}

/** The answer, when it is one of success or `304`; anything else throws `Trouble`. */
export async function ask(path: string, { method = "GET", headers = {}, body, signal }: Ask = {}): Promise<Response> {
  const requestId = headers["idempotency-key"];
  const ends = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = {
    method,
    headers,
    // A browser that keeps a list, and is told that it is unchanged, would give the revision at which it was kept.
    cache: "no-store",
    signal: signal === undefined ? ends : AbortSignal.any([ends, signal]),
    ...(body === undefined ? {} : { body }),
  };
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    signal?.throwIfAborted();
    throw new Trouble(undefined, requestId);
  }
  if (response.ok || response.status === 304) return response;
  const trouble = new Trouble(await problemOf(response), response.headers.get("synod-request-id") ?? requestId);
  if (trouble.code === "unauthorized") isSignedOut.value = true;
  throw trouble;
}

export async function askJson<T>(path: string, options?: Ask): Promise<T> {
  const response = await ask(path, options);
  return (await response.json()) as T;
}

/** A body of JSON with its type, for `ask`. */
export function jsonBody(value: unknown): Pick<Ask, "body"> & { readonly headers: Readonly<Record<string, string>> } {
  return { body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}

/** What went wrong, whatever was thrown. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof Trouble) return error;
  throw error;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    const { status, statusText: title } = response;
    const detail = `Something between here and the server answered ${status}.`;
    return { type: "about:blank", title: title || `HTTP ${status}`, status, code: "internal", detail };
  }
}
