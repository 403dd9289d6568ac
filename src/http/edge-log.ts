import { traceId } from "./trace.ts";

/** What one line tells. Never a key, a value or a token: those are not its business. */
export type LogLine = Readonly<Record<string, string | number | undefined>>;

export interface EdgeLogPorts {
  readonly now: () => number;
  readonly write: (line: LogLine) => void;
  /** The pattern that a path matches, which names no key. */
  readonly routeOf: (path: string) => string;
}

/** Lines of one code in one minute; those beyond are counted, and the next minute's first line tells how many they were. */
const LINES_A_MINUTE_MAX = 60;
const DENIALS_A_MINUTE_MAX = 6;
const MINUTE_MS = 60_000;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const STACK_CHARS_MAX = 4_000;

interface Minute {
  readonly since: number;
  lines: number;
  suppressed: number;
}

/** Tells of each answer of class 5xx in the Worker's log, and of some that were denied, a line of JSON each. */
export class EdgeLog {
  readonly #ports: EdgeLogPorts;
  readonly #minutes = new Map<string, Minute>();
  /** Requests that have their line already. */
  readonly #told = new WeakSet<Request>();

  constructor(ports: EdgeLogPorts) {
    this.#ports = ports;
  }

  /** Something was thrown that is no answer: a bug. The client is told `reference` alone. */
  internal(request: Request, path: string, reference: string, error: unknown): void {
    this.#told.add(request);
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    const cause = `${name}: ${message}`;
    const bug = { event: "internal", reference, error: cause, stack: stack?.slice(0, STACK_CHARS_MAX) };
    this.#tell("internal", { ...bug, status: 500, ...this.#about(request, path) });
  }

  async answered(request: Request, path: string, response: Response): Promise<void> {
    if (response.status === UNAUTHORIZED || response.status === FORBIDDEN) return this.#denied(request, path, response);
    if (response.status < 500 || this.#told.has(request)) return;
    const { code, request_id } = await problemOf(response);
    const name = code ?? `status-${response.status}`;
    this.#tell(name, { event: "problem", code, status: response.status, request_id, ...this.#about(request, path) });
  }

  /** A sample of them: what is sent in by strangers must not fill the log. The metrics count all. */
  #denied(request: Request, path: string, { status }: Response): void {
    const code = status === FORBIDDEN ? "forbidden" : "unauthorized";
    this.#tell(
      code,
      { level: "warn", event: "denied", code, status, ...this.#about(request, path) },
      DENIALS_A_MINUTE_MAX,
    );
  }

  #about(request: Request, path: string): LogLine {
    return {
      method: request.method,
      route: this.#ports.routeOf(path),
      namespace: /^\/v1\/([\w.-]{1,64})(?:\/|$)/.exec(path)?.[1],
      trace_id: traceId(request),
      ray: request.headers.get("cf-ray") ?? undefined,
    };
  }

  #tell(name: string, line: LogLine, linesMax = LINES_A_MINUTE_MAX): void {
    const now = this.#ports.now();
    let minute = this.#minutes.get(name);
    const suppressed = minute !== undefined && now - minute.since >= MINUTE_MS ? minute.suppressed : 0;
    if (minute === undefined || now - minute.since >= MINUTE_MS) {
      minute = { since: now, lines: 0, suppressed: 0 };
      this.#minutes.set(name, minute);
    }
    if (minute.lines >= linesMax) {
      minute.suppressed++;
      return;
    }
    minute.lines++;
    const more = suppressed > 0 ? { suppressed } : {};
    this.#ports.write({ level: "error", at: new Date(now).toISOString(), ...line, ...more });
  }
}

/** What a problem, of this API or of etcd's, says of itself. */
async function problemOf(response: Response): Promise<{ readonly code?: string; readonly request_id?: string }> {
  if (!/json/.test(response.headers.get("content-type") ?? "")) return {};
  const body = (await response
    .clone()
    .json()
    .catch(() => ({}))) as Readonly<Record<string, unknown>>;
  const { code, request_id: requestId } = body;
  return {
    ...(typeof code === "string" || typeof code === "number" ? { code: `${code}` } : {}),
    ...(typeof requestId === "string" ? { request_id: requestId } : {}),
  };
}
